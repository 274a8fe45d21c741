/* The time machine of /map: a day as columns, a slider by the minute, play. The moment stands in the address
   (`moment`, by the city's clock, without an offset); without one the page is live.

   ikomek.dutyMachine   show(view): the page was read, or its address is another; playing(); past(): whether
                        the address names a moment; sentence(): of which moment the list is; time(): epoch
                        seconds that the page shows, null when live
   While it plays the map alone follows; list, counts and card are read when it stops. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const STEP_MS = 500,
    BUCKET_MIN = 10,
    DAY_MIN = 1440,
    HOUR_MIN = 60,
    RETRY_MS = 5000,
    FLAG_ROOM = 0.2,
    TODAY_MS = 60000;
  const { byId, put, node } = ikomek;
  let speed = 60,
    play = null, // {clock, since}: the moment it has come to, and when that was, ms of the page
    shown = null, // of the symbols while it plays: {clock, seconds, total}
    view = null,
    day = null, // what day.json said, and of which question
    dayOf = null,
    dayAt = 0,
    field = null,
    slider = null,
    dragged = false;
  const dayQuestion = ikomek.latest(),
    mapQuestion = ikomek.latest();

  /* ---- the city's clock as text: "2026-11-28T18:00:05" ---- */

  let format = null;
  function clockOf(seconds) {
    const timeZone = document.documentElement.dataset.zone;
    format =
      format || new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
    return format.format(new Date(seconds * 1000)).replace(" ", "T");
  }
  const now = () => clockOf(ikomek.nowSeconds());
  const ms = (clock) => Date.parse(`${clock.length === 16 ? `${clock}:00` : clock}Z`);
  const moved = (clock, by) => new Date(ms(clock) + by).toISOString().slice(0, 19);
  const short = (clock) => (clock.endsWith(":00") && clock.length === 19 ? clock.slice(0, 16) : clock);
  const minuteOf = (clock) => Number(clock.slice(11, 13)) * HOUR_MIN + Number(clock.slice(14, 16));
  const written = (minute) =>
    `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

  const momentOfAddress = () => new URLSearchParams(location.search).get("moment");
  const past = () => location.pathname === ikomek.dutyAddress.PATH && Boolean(momentOfAddress());
  const current = () => play?.clock || momentOfAddress() || now();

  function hrefAt(clock) {
    const query = new URLSearchParams(location.search);
    query.delete("page");
    if (clock === null) for (const name of ["moment", "known"]) query.delete(name);
    else query.set("moment", short(clock));
    return `${location.pathname}${query.size ? `?${query}` : ""}`.replace(/%2C/g, ",").replace(/%3A/g, ":");
  }

  /* What has not come yet is now. */
  function seek(clock) {
    stop(false);
    ikomek.dutyAddress.go(hrefAt(clock !== null && clock < now() ? clock : null));
    draw();
  }
  const step = (minutes) => seek(moved(`${current().slice(0, 16)}:00`, minutes * 60000));

  /* ---- play ---- */

  function start() {
    const from = momentOfAddress() || moved(now(), -HOUR_MIN * 60000);
    play = { clock: from, since: performance.now() };
    history.pushState({}, "", hrefAt(from)); // the way back leads to where it began
    shown = null;
    draw();
    follow();
  }

  /* `read`: the page is read anew, at the moment where it stopped. */
  function stop(read) {
    if (!play) return;
    play = null;
    mapQuestion.forget();
    if (read) window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    draw();
  }

  const turn = () => (play ? stop(true) : start());

  function follow() {
    const mine = play,
      began = performance.now();
    if (!mine) return;
    const clock = moved(mine.clock, speed * (began - mine.since));
    mine.clock = speed < 60 ? clock : `${clock.slice(0, 17)}00`;
    mine.since = speed < 60 ? began : began - (ms(clock) - ms(mine.clock)) / speed;
    if (mine.clock >= now() || !byId("duty")) {
      if (byId("duty")) seek(null);
      play = null;
      return;
    }
    history.replaceState(history.state, "", hrefAt(mine.clock));
    draw();
    request(new URLSearchParams(location.search), () => {
      if (play === mine) setTimeout(follow, Math.max(0, STEP_MS - (performance.now() - began)));
    });
  }

  /* The symbols of the address's moment; `next` is called whether they came or not. */
  function request(query, next) {
    for (const name of [...ikomek.dutyAddress.BESIDE, "page", "sort"]) query.delete(name);
    mapQuestion.ask(
      (signal) => ikomek.ask(`/layers/points/incidents.json?${query}`, { signal }),
      (answer) => {
        shown = { clock: query.get("moment"), seconds: answer.at, total: answer.total };
        ikomek.dutyTake(answer);
        put(byId("duty-machine-message"), "");
        draw();
        next();
      },
      () => {
        // The clock stands with its symbols until the next ones come.
        if (play) Object.assign(play, { clock: shown?.clock || play.clock, since: performance.now() });
        put(byId("duty-machine-message"), ikomek.word("duty.machine.day.unknown"));
        next();
      },
    );
  }

  /* ---- the day ---- */

  function askDay() {
    if (!view) return;
    const query = new URLSearchParams(view.query); // what the page took of the address
    for (const name of ["page", "sort"]) query.delete(name);
    const of = query.toString(),
      old = !past() && performance.now() - dayAt > TODAY_MS;
    if (play || (of === dayOf && !old)) return;
    dayOf = of;
    dayAt = performance.now();
    dayQuestion.ask(
      (signal) => ikomek.ask(`/layers/incidents/day.json?${of}&lang=${ikomek.language}`, { signal }),
      (answer) => {
        day = answer;
        put(byId("duty-machine-message"), "");
        drawDay();
      },
      (error) => {
        if (error.status === 400) return; // the page says why
        put(byId("duty-machine-message"), ikomek.word("duty.machine.day.unknown"));
        setTimeout(() => {
          dayOf = null;
        }, RETRY_MS);
      },
    );
  }

  const SVG = "http://www.w3.org/2000/svg";
  function shape(name, attributes) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }

  /* The mean of about an hour around each. */
  const smooth = (counts) =>
    counts.map((_, i) => {
      const near = counts.slice(Math.max(0, i - 2), i + 3);
      return near.reduce((sum, n) => sum + n, 0) / near.length;
    });

  function drawDay() {
    const chart = byId("duty-day-chart");
    if (!chart || !day) return;
    const most = Math.max(1, ...day.opened, ...day.usual),
      y = (n) => (100 - (n / most) * 96).toFixed(1);
    const svg = shape("svg", { viewBox: "0 0 144 100", preserveAspectRatio: "none" });
    const columns = day.opened.slice(0, day.until).map((n, i) => `M${i + 0.08} 100V${y(n)}h.84V100Z`);
    svg.append(shape("path", { class: "duty-day-columns", d: columns.join("") || "M0 100" }));
    for (const [, from, to] of day.silent)
      svg.append(
        shape("rect", {
          class: "duty-day-silent",
          x: from / BUCKET_MIN,
          width: Math.max(0.3, (to - from) / BUCKET_MIN),
          y: 0,
          height: 100,
        }),
      );
    const line = smooth(day.usual)
      .map((n, i) => `${i ? "L" : "M"}${i + 0.5} ${y(n)}`)
      .join("");
    svg.append(shape("path", { class: "duty-day-line", d: line }));
    chart.replaceChildren(svg, ...flags());
    put(byId("duty-day-most"), ikomek.word("duty.machine.most", { n: most }));
    const before = Date.parse(`${day.day}T12:00:00Z`) / 1000 - 7 * 86400;
    put(byId("duty-day-usual"), `${ikomek.weekday(before)}, ${ikomek.dayText(before)}`);
    put(byId("duty-day-compared"), compared());
    chart.title = day.silent
      .map(([feed, from, to]) =>
        ikomek.word("duty.machine.silent", {
          feed: ikomek.word(`feed.${feed}`),
          from: written(from),
          to: to === DAY_MIN ? "24:00" : written(to),
        }),
      )
      .join("\n");
  }
  /* When mass events began: the largest named, where their names have room beside one another. */
  function flags() {
    const named = [];
    return day.mass.map(({ minute, name, n }) => {
      const at = minute / DAY_MIN,
        flag = node("span", { class: "duty-day-flag", "data-left": at > 0.75 ? "yes" : null });
      flag.style.left = `${(at * 100).toFixed(2)}%`;
      if (named.every((other) => Math.abs(other - at) > FLAG_ROOM)) {
        named.push(at);
        flag.append(node("span", { text: `${written(minute)} ${name}` }));
      }
      flag.title = `${written(minute)} ${name}, ${n}`;
      return flag;
    });
  }
  function compared() {
    if (!day || day.total === null || play) return "";
    if (day.week_before === null) return ikomek.word("duty.machine.total", { n: day.total });
    return ikomek.word("duty.machine.compared", {
      total: ikomek.number(day.total),
      before: ikomek.number(day.week_before),
    });
  }

  /* ---- what is shown of it ---- */

  function build() {
    slider = node("input", { id: "duty-slider", class: "duty-slider", type: "range" });
    Object.assign(slider, { min: 0, max: DAY_MIN - 1, step: 1 });
    slider.setAttribute("aria-label", ikomek.word("duty.machine.slider"));
    slider.addEventListener("input", () => {
      dragged = true;
      put(byId("duty-machine-message"), written(Number(slider.value)));
      slider.setAttribute("aria-valuetext", written(Number(slider.value)));
    });
    slider.addEventListener("change", () => {
      dragged = false;
      put(byId("duty-machine-message"), "");
      seek(`${current().slice(0, 11)}${written(Number(slider.value))}:00`);
    });
    slider.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (by) step(by * (event.shiftKey ? HOUR_MIN : 1));
      else if (event.key === " " && !event.repeat) turn();
      else if (event.key === "0") seek(null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    byId("duty-slider-slot").append(slider);
    field = ikomek.dateField({
      name: "day",
      label: ikomek.word("duty.machine.day"),
      least: "1990-01-01",
      most: "2199-12-31",
      changed: () => {
        if (field.iso > now().slice(0, 10)) return ikomek.word("duty.machine.future");
        if (field.iso) seek(`${field.iso}${current().slice(10)}`);
        return "";
      },
    });
    byId("duty-day-field").append(field);
  }

  function draw() {
    const page = byId("duty");
    if (!page || !byId("duty-machine")) return;
    if (!byId("duty-slider")) build();
    const clock = current(),
      is = past() || Boolean(play);
    page.toggleAttribute("data-past", is);
    page.toggleAttribute("data-playing", Boolean(play));
    page.toggleAttribute(
      "data-past-late",
      !play && (view?.query?.moment || "") !== (momentOfAddress() || ""),
    );
    if (!dragged) slider.value = minuteOf(clock);
    slider.setAttribute("aria-valuetext", saying(clock));
    slider.style.setProperty("--at", minuteOf(clock) / DAY_MIN);
    if (document.activeElement !== field.querySelector("input")) field.iso = clock.slice(0, 10);
    byId("duty-play").setAttribute("aria-pressed", String(Boolean(play)));
    for (const button of document.querySelectorAll(".duty-speed"))
      button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === speed));
    byId("duty-day-after").disabled = clock.slice(0, 10) >= now().slice(0, 10);
    const known = new URLSearchParams(location.search).get("known") === "then",
      then = byId("duty-then");
    then.hidden = !is;
    then.setAttribute("aria-pressed", String(known));
    byId("duty-now").setAttribute("aria-current", String(!is));
    drawBanner(is, clock, known);
    if (!dragged) put(byId("duty-machine-message"), is ? byId("duty-machine-message").textContent : live());
    askDay();
  }
  const live = () => ikomek.word("duty.machine.live");

  const saying = (clock) => {
    const day = ikomek.dayText(ms(`${clock.slice(0, 10)}T12:00`) / 1000);
    return `${day}, ${short(clock).slice(11)}`;
  };

  const sentence = (clock, known) =>
    ikomek.word(known ? "duty.machine.banner.then" : "duty.machine.banner", { at: saying(clock) });

  /* Never to be taken for now. */
  function drawBanner(is, clock, known) {
    const banner = byId("duty-past");
    banner.hidden = !is;
    if (!is) return;
    const text = [
      sentence(clock, known),
      ikomek.word("duty.machine.not_now"),
      play && shown ? ikomek.word("duty.machine.total", { n: shown.total }) : "",
    ];
    put(banner, text.filter(Boolean).join(" · "));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#duty-machine button");
    if (!button) return;
    if (button.id === "duty-play") turn();
    else if (button.id === "duty-now") seek(null);
    else if (button.id === "duty-day-before") step(-DAY_MIN);
    else if (button.id === "duty-day-after") step(DAY_MIN);
    else if (button.id === "duty-then") turnKnown();
    else if (button.dataset.speed) setSpeed(Number(button.dataset.speed));
  });

  function setSpeed(wanted) {
    speed = wanted;
    if (play) play.since = performance.now();
    draw();
  }

  function turnKnown() {
    const query = new URLSearchParams(location.search);
    if (query.get("known") === "then") query.delete("known");
    else query.set("known", "then");
    query.delete("page");
    stop(false);
    ikomek.dutyAddress.go(`${location.pathname}?${query}`.replace(/%2C/g, ",").replace(/%3A/g, ":"));
    draw();
  }

  /* Space, 0 and the arrows, where they mean nothing else: not in a field, on a button or on the map. */
  document.addEventListener("keydown", (event) => {
    if (!byId("duty-machine") || event.defaultPrevented) return;
    const free = event.target === document.body || event.target.closest("#duty-machine");
    const key = ikomek.pressed(event);
    if (key === "0") seek(null);
    else if (key === " " && free && !event.target.closest("button")) turn();
    else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && free && !event.repeat)
      step((event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? HOUR_MIN : 1));
    else return;
    event.preventDefault();
  });
  addEventListener("popstate", () => stop(false));

  ikomek.dutyMachine = {
    show(next) {
      view = next;
      // A moment that was refused is in words on the page, which is live: so is its address.
      const refused = next && new URLSearchParams(next.request).get("moment") === momentOfAddress();
      if (refused && momentOfAddress() && !next.query.moment)
        history.replaceState(history.state, "", hrefAt(null));
      draw();
    },
    draw,
    past,
    playing: () => Boolean(play),
    sentence: () => sentence(view.query.moment || current(), view.query.known === "then"),
    time: () => (play && shown ? shown.seconds : past() ? (view?.past ?? null) : null),
  };
})();
