/* The wall: fills the places of dashboard/pages/wall.py from the live feed and from the last figures, and never lets an old one look new.
   One timer drives it. The only state is the last picture, the feeds as last told, and since when the connection is away. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const SECOND = 1000, FIGURES_MS = 2000, QUIET_MS = 5000, AGE_STEP_S = 5;
  const KINDS = ["service", "police", "emergency", "offence"];
  const FEED_OF_FIGURE = { inquiries: "inquiries", one_take: "inquiries", lost_calls: "calls", police: "police", emergencies: "emergencies", overdue: null };
  const wall = { picture: null, mode: "normal", kinds: new Set(), away: 0, lostAt: null, moved: 0, drawn: 0, element: null };

  const at = (id) => document.getElementById(id);
  const word = (key, params) => ikomek.word(key, params);
  const now = () => (ikomek.live ? ikomek.live.serverNow() : Date.now()) / 1000;
  const zone = () => document.documentElement.dataset.zone || undefined;
  const clock = (seconds) => new Intl.DateTimeFormat("en-GB", { timeZone: zone(), hour: "2-digit", minute: "2-digit" }).format(new Date(seconds * SECOND));

  /* Set a text only when it differs: nothing on the page is touched while nothing changes. */
  function put(element, text, name) {
    if (!element) return;
    if (element.textContent !== text) element.textContent = text;
    if (name !== undefined && element.className !== name) element.className = name;
  }
  function make(tag, name, ...children) {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...children.filter((child) => child != null));
    return element;
  }
  /* Replace the children when `key` is new. */
  function fill(element, key, build) {
    if (!element || element.dataset.key === key) return;
    element.replaceChildren(...build());
    element.dataset.key = key;
  }

  /* 0:00 to the minute under a day; in steps of 5 s. */
  function span(seconds) {
    const whole = Math.max(0, Math.floor(seconds / AGE_STEP_S) * AGE_STEP_S), pair = (n) => String(n).padStart(2, "0");
    if (whole < 3600) return `${pair(Math.floor(whole / 60))}:${pair(whole % 60)}`;
    if (whole < 86400) return word("wall.hours", { hours: Math.floor(whole / 3600), minutes: pair(Math.floor((whole % 3600) / 60)) });
    return word("wall.days", { n: Math.floor(whole / 86400) });
  }
  function age(seconds) {
    const whole = Math.max(AGE_STEP_S, Math.floor(seconds / AGE_STEP_S) * AGE_STEP_S);
    if (whole < 60) return word("wall.age.seconds", { n: whole });
    if (whole < 3600) return word("wall.age.minutes", { n: Math.floor(whole / 60) });
    if (whole < 86400) return word("wall.age.hours", { n: Math.floor(whole / 3600) });
    return word("wall.age.days", { n: Math.floor(whole / 86400) });
  }

  /* ---- header ---- */
  function showTime(t) {
    put(at("wall-clock"), clock(t));
    put(at("wall-weekday"), ikomek.weekday(t));
    put(at("wall-date"), ikomek.dayText(t));
  }

  /* ---- figures ---- */
  const percent = (share) => `${ikomek.number(share * 100, 1)} %`;
  const FIGURES = {
    inquiries: (p) => [ikomek.number(p.inquiries), weekBefore(p), false],
    one_take: (p, goal) => [p.one_take == null ? "—" : percent(p.one_take), word("wall.goal.least", { goal }), p.one_take != null && p.one_take * 100 < goal],
    lost_calls: (p, goal) => [p.lost_calls == null ? "—" : percent(p.lost_calls), word("wall.goal.most", { goal }), p.lost_calls != null && p.lost_calls * 100 > goal],
    police: (p) => [ikomek.number(p.police), word("wall.day"), false],
    emergencies: (p) => [ikomek.number(p.emergencies), word("wall.day"), false],
    overdue: (p) => [ikomek.number(p.overdue), word("wall.of_open", { n: p.open, count: ikomek.number(p.open) }), p.overdue > 0],
  };
  function weekBefore(p) {
    if (!p.inquiries_week_ago) return word("wall.day");
    const change = Math.round((p.inquiries / p.inquiries_week_ago - 1) * 100);
    const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
    return word("wall.against_week", { change: `${sign}${Math.abs(change)}`, day: ikomek.weekdayShort(p.read_at) });
  }

  function showFigures(t) {
    const p = wall.picture, refresh = Number(wall.element.dataset.refresh);
    if (!p) return;
    const old = t - p.read_at > 3 * refresh + 2;
    document.querySelector(".wall-column").classList.toggle("old", old);
    for (const element of document.querySelectorAll(".wall-figure")) {
      const key = element.dataset.figure, [value, note, off] = FIGURES[key](p, Number(element.dataset.goal));
      const feed = FEED_OF_FIGURE[key] && ikomek.feeds.get(FEED_OF_FIGURE[key]);
      const quiet = feed && ikomek.feedIsStale(feed, t);
      const since = old ? p.read_at : quiet ? feed.polled_at : null;
      put(element.querySelector(".wall-figure-value"), value);
      put(element.querySelector(".wall-figure-note"), old || quiet ? (since ? word("wall.as_of", { time: clock(since) }) : word("wall.no_data")) : note);
      element.classList.toggle("old", Boolean(old || quiet));
      element.classList.toggle("off", off && !old && !quiet);
    }
    fill(at("wall-topics"), JSON.stringify(p.topics) + ikomek.language, () => topics(p.topics));
  }
  function topics(rows) {
    const most = Math.max(1, ...rows.map((row) => row.n));
    return rows.map((row) => {
      const bar = make("div", "bar");
      bar.style.width = `${(row.n / most) * 100}%`;
      return make("li", "", make("div", "name", row.name), bar, make("div", "n", ikomek.number(row.n)));
    });
  }

  /* ---- what requires attention ---- */
  const pressing = (incident, t) => incident.status !== "closed" && (incident.priority >= 1 || ikomek.symbols.isDue(incident, t));
  /* Seconds to what presses: the deadline, before or after it, or the moment it was found urgent. */
  function nearness(incident, t) {
    const deadline = ikomek.symbols.isDue(incident, t) ? Math.abs(incident.due - t) : Infinity;
    return Math.min(deadline, incident.priority >= 1 ? t - incident.opened : Infinity);
  }
  function attention(t) {
    if (!ikomek.live) return [];
    return [...ikomek.live.incidents.values()].filter((incident) => pressing(incident, t))
      .sort((a, b) => (b.priority >= 2) - (a.priority >= 2) || nearness(a, t) - nearness(b, t) || b.id - a.id);
  }
  const details = (incident) => (wall.picture && wall.picture.attention[incident.id]) || {};
  const title = (incident) => incident.title || details(incident).category || word(`wall.kind.${incident.kind}`);
  const merged = (incident) => (incident.inquiries > 1 ? word("wall.merged", { n: incident.inquiries }) : null);

  function when(incident, t) {
    if (incident.due != null && t >= incident.due) return [word("wall.overdue", { time: span(t - incident.due) }), true];
    if (incident.due != null && ikomek.symbols.isDue(incident, t)) return [word("wall.due", { time: span(incident.due - t) }), true];
    return [span(t - incident.opened), false];
  }
  function attentionRow(incident, t) {
    const [said, late] = when(incident, t), letter = letterSize();
    const inquiries = incident.inquiries > 1 ? word("wall.inquiries", { n: incident.inquiries }) : details(incident).performer;
    const where = [incident.address, details(incident).district, inquiries].filter(Boolean).join(" · ");
    const state = { kind: incident.kind, priority: incident.priority, due: ikomek.symbols.isDue(incident, t), plain: true };
    const text = make("div", "text", make("div", "what", title(incident)), make("div", "where", where));
    const row = make("li", "", ikomek.symbols.image(letter * 0.72, state), text, make("div", late ? "when pressing" : "when", said));
    row.dataset.id = incident.id;
    return row;
  }
  function showAttention(t) {
    const rows = attention(t), stamp = Math.floor(t / AGE_STEP_S);
    if (!ikomek.live || !ikomek.live.loaded) return rows;
    put(at("wall-attention-count"), rows.length ? ikomek.number(rows.length) : "");
    const shown = rows.slice(0, 30);
    const key = `${looks()}|${stamp}|${shown.map((i) => `${i.id}.${i.version}.${details(i).district || ""}`).join()}`;
    fill(at("wall-attention"), key, () => (shown.length ? shown.map((incident) => attentionRow(incident, t)) : [make("li", "none", word("wall.attention.none"))]));
    return rows;
  }
  /* Language, theme and size: what a drawn row depends on besides its rows. */
  const looks = () => `${ikomek.language}|${document.documentElement.dataset.theme || ""}|${letterSize()}`;
  const letterSize = () => parseFloat(getComputedStyle(wall.element).fontSize);

  /* ---- the critical card ---- */
  function showCard(rows, t) {
    const critical = rows.filter((incident) => incident.priority >= 2).sort((a, b) => b.opened - a.opened), card = at("wall-card");
    if (!card) return;
    const incident = critical[0];
    const key = incident ? `${ikomek.language}|${incident.id}.${incident.version}|${details(incident).district || ""}|${critical.length}` : "";
    fill(card, key, () => (incident ? cardOf(incident, critical.length) : []));
    if (!incident) return;
    put(card.querySelector(".ago"), ` · ${word("wall.ago", { time: span(t - incident.opened) })}`);
    const corner = cornerFor(incident, card);
    if (card.className !== corner) card.className = corner;
  }
  function cardOf(incident, number) {
    const more = details(incident);
    const facts = [merged(incident), more.performer ? word("wall.performer", { name: more.performer }) : null, number > 1 ? word("wall.more_critical", { n: number - 1 }) : null];
    return [
      make("div", "kind", `${word(`wall.one.${incident.kind}`)} · ${word("wall.critical")}`, make("span", "ago")),
      make("div", "what", title(incident)),
      make("div", "where", [incident.address, more.district && word("wall.district", { name: more.district })].filter(Boolean).join(", ") || word("wall.no_place")),
      make("div", "facts", facts.filter(Boolean).join(" · ")),
    ];
  }
  /* The card stands where it does not cover what it speaks of. */
  function cornerFor(incident, card) {
    const handle = ikomek.maps && ikomek.maps.get("ikomek-map-wall");
    if (!handle || !incident.point) return "wall-card";
    const p = handle.map.latLngToContainerPoint([incident.point[1], incident.point[0]]), size = handle.map.getSize(), margin = letterSize() * 3;
    const width = card.offsetWidth + margin, height = card.offsetHeight + margin;
    if (p.x > width || p.y > height) return "wall-card";
    return size.x > 2 * width ? "wall-card right" : "wall-card low";
  }

  /* ---- legend, footer, banner ---- */
  function showLegend(rows) {
    const kinds = KINDS.filter((kind) => wall.kinds.has(kind));
    const urgent = rows.some((i) => i.priority < 2), critical = rows.some((i) => i.priority >= 2), letter = letterSize();
    fill(at("wall-legend"), `${looks()}|${kinds}|${urgent}|${critical}`, () => {
      const calm = kinds.map((kind) => make("li", "", ikomek.symbols.image(letter * 0.72, { kind, priority: 0, plain: true }), word(`wall.kind.${kind}`)));
      const level = (name, priority, on) => make("li", on ? name : "", ikomek.symbols.image(letter * 0.72, { kind: "police", priority: on ? priority : 0, plain: true }),
        word(`wall.legend.${name}`));
      return [...calm, level("urgent", 1, urgent), level("critical", 2, critical)];
    });
  }

  function feedText(key, feed, t, short) {
    const name = word(`wall.feed.${key}`);
    if (!feed || feed.polled_at == null) return [word("wall.feed.never", { name }), "stale"];
    const seconds = t - feed.polled_at;
    if (!ikomek.feedIsStale(feed, t)) return [`${name}: ${age(seconds)}`, ""];
    return [word(short ? "wall.feed.stale_short" : "wall.feed.stale", { name, age: age(seconds), time: clock(feed.polled_at) }), "stale"];
  }
  function footerItems(t, short) {
    const told = ikomek.live && ikomek.live.tick;
    const items = !told ? [] : wall.element.dataset.feeds.split(" ").map((key) => feedText(key, ikomek.feeds.get(key), t, short));
    items.sort((a, b) => (b[1] === "stale") - (a[1] === "stale"));
    if (wall.away) items.push([word("wall.no_coordinates", { count: ikomek.number(wall.away) }), ""]);
    return items;
  }
  /* Where the sentences of several quiet feeds do not fit the line, their short form does. */
  function showFooter(t) {
    const place = at("wall-feeds");
    for (const short of [false, true]) {
      const items = footerItems(t, short);
      fill(place, JSON.stringify(items), () => items.map(([said, name]) => make("span", name, said)));
      if (place.scrollHeight <= place.clientHeight * 1.5) break;
    }
    put(at("wall-state"), word(`wall.state.${wall.mode}`));
  }
  function showLost(t) {
    const lost = wall.lostAt != null;
    wall.element.classList.toggle("lost", lost);
    put(at("wall-lost"), lost ? word("wall.lost", { time: clock(wall.lostAt), age: age(t - wall.lostAt) }) : "");
  }

  /* ---- the one timer ---- */
  function countIncidents() {
    wall.kinds = new Set();
    wall.away = 0;
    if (!ikomek.live) return;
    for (const incident of ikomek.live.incidents.values()) {
      wall.kinds.add(incident.kind);
      if (!incident.point) wall.away += 1;
    }
  }
  function paint() {
    if (!wall.element || !document.contains(wall.element)) return;
    const t = now(), due = performance.now() - wall.drawn >= FIGURES_MS;
    showTime(t);
    showLost(t);
    const rows = attention(t);
    showCard(rows, t);
    if (due) {
      wall.drawn = performance.now();
      countIncidents();
      showFigures(t);
      showAttention(t);
      showLegend(rows);
      showFooter(t);
    }
    wall.element.classList.toggle("quiet", performance.now() - wall.moved > QUIET_MS);
  }

  function heard(message) {
    if (message.type === "tick" && message.mode) wall.mode = message.mode;
    else if (message.type === "change" && message.noun === "mode") wall.mode = message.payload.mode;
    else if (message.type === "lost") setLost(true);
    else if (message.type === "back") setLost(false);
    if (message.type !== "tick") paint();
  }
  function setLost(lost) {
    wall.lostAt = lost ? wall.lostAt ?? now() : null;
    if (wall.element && window.dash_clientside && window.dash_clientside.set_props) window.dash_clientside.set_props("wall-refresh", { disabled: lost });
  }

  async function begin(element) {
    wall.element = element;
    wall.moved = performance.now() - QUIET_MS;
    wall.drawn = 0;
    await ikomek.words;
    if (element.dataset.lang !== ikomek.language) await ikomek.speak(element.dataset.lang);
    paint();
  }
  function look() {
    const element = at("wall");
    if (element && element !== wall.element) begin(element).catch(() => { wall.element = null; });
    else paint();
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.ikomek = Object.assign(window.dash_clientside.ikomek || {}, {
    showPicture(picture) {
      if (picture) wall.picture = picture;
      return window.dash_clientside.no_update;
    },
  });
  document.addEventListener("mousemove", () => { wall.moved = performance.now(); });
  setInterval(look, SECOND / 2);
  (function listen() {
    if (ikomek.live) ikomek.live.on(heard);
    else setTimeout(listen, 50);
  })();
})();
