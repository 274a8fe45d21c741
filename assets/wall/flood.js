/* A flood on a wall: one sign over the map, one row in the list, groups in place of symbols
   (map/incident_groups.js), one tone at its start. What a flood is says layers/panels/floods.py; its
   members are what was opened since it began and is not critical. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall,
    { byId } = ikomek;
  const { word, put, make, fill, show } = wall;
  const LARGEST = 3,
    STEP_S = 5,
    SLACK_S = 4,
    KEPT = 6;
  /* `moments`: the last moments heard of, the newest at the end; `all`: the floods in effect, `readAt`: their
     moment, 0 before the first. */
  const flood = { moments: [], all: [], readAt: 0, known: new Set() };
  wall.flood = flood;

  /* Screens of one wall ask at moments of their own. What the server tells as of a full moment counts, for
     all of them, from the next full moment by which every one has asked. */
  const effective = ({ moment }) =>
    moment + STEP_S * Math.ceil((Number(wall.state.element.dataset.refresh) + SLACK_S) / STEP_S);
  /* `answer`: of the picture, {figures: {moments}}, or none. */
  wall.takeFloods = function (answer) {
    if (!answer?.figures) return;
    const heard = new Map([...flood.moments, ...answer.figures.moments].map((one) => [one.moment, one]));
    flood.moments = [...heard.values()].sort((a, b) => a.moment - b.moment).slice(-KEPT);
  };
  /* `t`: the server's clock. Says whether other kinds are flooded than before. */
  wall.settleFloods = function (t) {
    const one = flood.moments.filter((known) => effective(known) <= t).pop();
    if (!one || one.moment === flood.readAt) return false;
    Object.assign(flood, { all: one.floods, readAt: one.moment });
    const fresh = flood.all.filter(({ kind }) => !flood.known.has(kind)),
      before = flood.known;
    flood.known = new Set(flood.all.map(({ kind }) => kind));
    if (fresh.length) document.dispatchEvent(new CustomEvent("ikomek:flood", { detail: fresh[0] }));
    if (flood.known.size || before.size) ikomek.maps.forEach(({ incidents }) => incidents.redraw());
    return fresh.length > 0 || flood.known.size !== before.size;
  };
  wall.isFlooded = (incident) =>
    incident.priority < 2 &&
    flood.all.some((one) => one.kind === incident.kind && incident.opened >= one.since);
  /* The floods of the panel's kinds; for a panel of one district, the part that lies in it. */
  wall.floodsOf = ({ kinds, district }) =>
    flood.all
      .filter(({ kind }) => !kinds || kinds.includes(kind))
      .map((one) => (district ? partOf(one, district) : one))
      .filter(Boolean);
  function partOf(one, district) {
    const part = one.districts.find(({ key }) => key === district);
    if (!part) return null;
    const { n, urgent, waiting } = part;
    return { ...one, count: n, urgent, waiting, districts: [] };
  }

  const counted = (one) => ikomek.number(one.count).replaceAll("\u2009", "\u202f"); // never broken in two
  const headline = (one) =>
    word("wall.flood.head", {
      kind: word(`wall.kind.${one.kind}`),
      count: counted(one),
      minutes: one.minutes,
    });
  function headOf(one) {
    const head = make("span", "head"),
      brief = `${word(`wall.kind.${one.kind}`)}, ${counted(one)}`;
    Object.assign(head.dataset, { all: headline(one), brief });
    return head;
  }
  const image = (one, size) =>
    ikomek.symbols.image(size, { kind: one.kind, priority: one.urgent ? 1 : 0, plain: true });

  /* ---- the sign ---- */
  wall.showFlood = function (groups) {
    const element = byId("wall-flood"),
      one = flood.all[0];
    if (!element) return;
    const parts =
      one &&
      [
        one.usual == null ? null : word("wall.flood.usual", { n: Math.round(one.usual) }),
        groups ? word("wall.flood.groups", { n: groups }) : null,
        one.nowhere ? word("wall.no_coordinates", { count: ikomek.number(one.nowhere) }) : null,
        word("wall.flood.since", { time: ikomek.clock(one.since) }),
        word("wall.flood.alarms", { count: ikomek.number(one.count) }),
        flood.all.length > 1 ? word("wall.more", { n: flood.all.length - 1 }) : null,
      ].filter(Boolean);
    fill(element, one ? `${wall.looks()}${JSON.stringify([one, parts])}` : "", () =>
      one
        ? [
            make("span", "sign", image(one, wall.letterSize() * 0.9)),
            make("span", "what", make("span", "word", word("wall.flood.word")), headOf(one)),
            ...parts.map((text) => make("span", "part", text)),
          ]
        : [],
    );
  };
  /* Its kind and count always, broken between words where they must; of the rest what fits the line. */
  wall.fitFlood = function () {
    const element = byId("wall-flood");
    if (!element?.firstChild) return;
    const parts = [...element.querySelectorAll(".part")],
      before = element.querySelector(".word"),
      head = element.querySelector(".head"),
      wide = () => element.scrollWidth > element.clientWidth + 1;
    parts.forEach((part) => show(part, false));
    [element, before].forEach((one) => show(one, true));
    element.classList.remove("broken");
    put(head, head.dataset.all);
    if (wide()) show(before, false);
    if (wide()) put(head, head.dataset.brief);
    if (wide()) element.classList.add("broken");
    const high = element.offsetHeight; // where the name is broken, a part would break it once more
    for (const part of parts) {
      show(part, true);
      if (wide() || element.offsetHeight > high) show(part, false);
    }
  };

  /* ---- its row ---- */
  wall.floodRow = function (one) {
    const named = one.districts.filter(({ name }) => name),
      largest = named.slice(0, LARGEST),
      rest = one.districts.length ? one.count - largest.reduce((sum, { n }) => sum + n, 0) : 0;
    const where = [
      ...largest.map(({ name, n }) => `${name} ${ikomek.number(n)}`),
      rest ? word("wall.flood.others", { count: ikomek.number(rest) }) : null,
    ]
      .filter(Boolean)
      .join(", ");
    const how = word("wall.flood.state", {
      urgent: ikomek.number(one.urgent),
      waiting: ikomek.number(one.waiting),
    });
    const what = make("div", "what", headline(one)),
      address = make("div", "where", where),
      state = make("div", "where", how);
    const row = make(
      "li",
      "flood",
      image(one, wall.letterSize() * 0.72),
      what,
      make("div", "when", ""),
      address,
      state,
    );
    row.dataset.flood = one.kind;
    const form = (text, counted) => () => {
      put(address, text);
      put(state, counted);
    };
    row.forms = [form(where, how), form(where, ""), form("", "")];
    row.isLong = () => row.offsetHeight > 7 * wall.letterSize();
    return row;
  };

  /* ---- its panel: by district, and by the minute ---- */
  function minutes(one) {
    const most = Math.max(1, ...one.per_minute),
      peak = one.per_minute.lastIndexOf(most),
      last = Math.floor(flood.readAt / 60) * 60, // the running minute, of which the last count is
      begins = (nth) => last - (one.per_minute.length - 1 - nth) * 60,
      chart = make("div", "minutes");
    chart.append(
      ...one.per_minute.map((n) => {
        const bar = make("i", n * 10 > one.limit ? "over" : "");
        bar.style.height = `${Math.max(2, (n / most) * 100)}%`;
        return bar;
      }),
    );
    const text = word("wall.flood.peak", {
      n: most,
      time: ikomek.clock(begins(peak)),
    });
    return make(
      "li",
      "perminute",
      make("div", "fact", text),
      chart,
      make(
        "div",
        "ends",
        make("span", "", ikomek.clock(begins(0))),
        make("span", "", ikomek.clock(flood.readAt)),
      ),
    );
  }
  function bar({ name, n }, most) {
    const drawn = make("div", "bar"),
      row = make(
        "li",
        "",
        make("div", "name", name ?? word("wall.tagging.outside")),
        make("div", "track", drawn),
        make("div", "n", ikomek.number(n)),
      );
    drawn.style.width = `${(n / most) * 100}%`;
    return row;
  }
  wall.panels.flood = {
    live: true,
    draw(panel) {
      const [one] = flood.all;
      panel.element.toggleAttribute("data-idle", !one);
      if (!panel.list) panel.body.append((panel.list = make("ol", "wall-bars wall-flood-bars")));
      fill(panel.list, one ? `${wall.looks()}${JSON.stringify(one)}` : "", () =>
        one ? [minutes(one), ...one.districts.map((part) => bar(part, one.districts[0].n))] : [],
      );
      put(
        panel.element.querySelector(".wall-panel-count"),
        one ? word("wall.flood.total", { count: ikomek.number(one.count) }) : "",
      );
    },
  };
})();
