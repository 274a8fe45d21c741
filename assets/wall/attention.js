/* What requires attention: the list of the live feed, with names from the figures. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const { word, put, make, fill, age } = wall;
  const MOST = 30;
  /* The most height of a row, of its address, and of a title beside the time, in letters. */
  const LINES = 4.2,
    ADDRESS_LINES = 1.6,
    TITLE_LINES = 1.6;

  function when(incident) {
    const t = wall.state.beat;
    if (incident.due != null && t >= incident.due)
      return [word("wall.overdue", { time: age(t - incident.due) }), true];
    if (incident.due != null && ikomek.symbols.isDue(incident, t))
      return [word("wall.due", { time: age(incident.due - t) }), true];
    return [wall.elapsed(incident.opened), false];
  }
  /* What it says of itself when it would take too many lines: the time goes down to the place, then less
     of the place, then the category or the kind in place of the title, then no place, then both; at last
     its time is broken between words. */
  function giveForms(incident, element, title, where, addresses) {
    const whole = wall.title(incident),
      names = [wall.details(incident).category, word(`wall.one.${incident.kind}`)].filter(
        (shorter) => shorter && shorter.length < whole.length,
      );
    const letters = (one) => one.offsetHeight / wall.letterSize(),
      least = addresses[addresses.length - 1];
    const form =
      (name, address, below, broken = false) =>
      () => {
        put(title, name);
        put(where, address);
        element.classList.toggle("below", below);
        element.classList.toggle("broken", broken);
      };
    element.forms = [
      form(whole, addresses[0], false),
      ...addresses.map((address) => form(whole, address, true)),
      ...names.map((name) => form(name, least, true)),
      form(whole, "", true),
      form(names[names.length - 1] || whole, "", true),
      form(names[names.length - 1] || whole, "", true, true),
    ];
    element.isLong = () =>
      letters(title) + letters(where) > LINES ||
      letters(where) > ADDRESS_LINES ||
      (letters(title) > TITLE_LINES && !element.classList.contains("below"));
  }
  /* A mass event is one row: the one of its incidents that presses most, and how many there are. */
  function folded(incidents) {
    const first = new Map(),
      rows = [];
    for (const incident of incidents) {
      const known = incident.group == null ? null : first.get(incident.group);
      if (known) {
        known.n += 1;
        continue;
      }
      const made = { incident, n: 1 };
      if (incident.group != null) first.set(incident.group, made);
      rows.push(made);
    }
    return rows;
  }

  function row({ incident, n }, t, options) {
    const [time, late] = when(incident),
      more = wall.details(incident);
    const inquiries =
      incident.inquiries > 1 ? word("wall.inquiries", { n: incident.inquiries }) : more.performer;
    const mass = n > 1 ? word("wall.mass", { n }) : null,
      district = options.district ? null : more.district;
    const parts = [mass, incident.address, district, inquiries].filter(Boolean),
      addresses = [parts, ...parts.slice(1).map((_, i) => parts.slice(0, parts.length - 1 - i))].map((kept) =>
        kept.join(" · "),
      );
    const state = {
      kind: incident.kind,
      priority: incident.priority,
      due: ikomek.symbols.isDue(incident, t),
      stale: ikomek.staleFeeds(t).has(incident.feed),
      plain: true,
    };
    const what = make("div", "what", wall.title(incident)),
      where = make("div", "where", addresses[0]);
    const element = make(
      "li",
      "",
      ikomek.symbols.image(wall.letterSize() * 0.72, state),
      what,
      make("div", late ? "when pressing" : "when", time),
      where,
    );
    element.dataset.id = incident.id;
    element.classList.toggle("old", state.stale);
    giveForms(incident, element, what, where, addresses);
    return element;
  }

  /* No feed of incidents is heard: that nothing presses is then not known. */
  function isBlind(t) {
    const feeds = [...ikomek.feeds.values()].filter(({ layer }) => layer === "incidents");
    return feeds.length > 0 && feeds.every((feed) => ikomek.feedIsStale(feed, t));
  }

  wall.when = when;
  const countOf = (element) => element.querySelector(".wall-panel-count:not(.wall-panel-failed)");
  const someOf = (shown, total) => word("wall.shown_of", { shown, count: ikomek.number(total) });
  /* Once it is known how many rows have room: all of them, or so many of all. */
  wall.countShown = function ({ element, body, total }) {
    const shown = body.querySelectorAll("li:not(.none):not([hidden])").length;
    if (!total) put(countOf(element), "");
    else put(countOf(element), shown < total ? someOf(shown, total) : ikomek.number(total));
  };
  /* Before it is known: the heading is as high as what it may come to say makes it. */
  wall.writeWidestCount = function (element) {
    const { total } = wall.state.panels.find((panel) => panel.element === element);
    if (total) put(countOf(element), someOf(total, total));
  };

  wall.panels.attention = {
    feeds: wall.feedsOfKinds,
    live: true,
    draw(panel, t) {
      if (!ikomek.live || !(ikomek.live.loaded || wall.state.unknown)) return;
      if (!panel.list) panel.body.append((panel.list = make("ol", "wall-attention")));
      const rows = folded(wall.attention(t).filter((incident) => wall.within(incident, panel.options))),
        shown = rows.slice(0, MOST);
      const floods = wall.floodsOf(panel.options),
        all = rows.length + floods.length;
      panel.total = all;
      const nothing = wall.state.unknown
        ? "wall.attention.waiting"
        : isBlind(t)
          ? "wall.attention.unknown"
          : "wall.attention.none";
      const drawn = shown.map(({ incident: i, n }) => [
        i.id,
        i.version,
        n,
        ikomek.symbols.isDue(i, t),
        wall.details(i),
      ]);
      const key = [
        nothing,
        wall.looks(),
        wall.state.beat,
        [...ikomek.staleFeeds(t)],
        JSON.stringify(drawn),
      ].join("|");
      const lines = () => [...floods.map(wall.floodRow), ...shown.map((one) => row(one, t, panel.options))];
      fill(panel.list, `${key}|${JSON.stringify(floods)}`, () =>
        all ? lines() : [make("li", "none", word(nothing))],
      );
      wall.countShown(panel);
    },
  };
})();
