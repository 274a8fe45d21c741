/* The figures of a scene, and the heading of a district. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const { word, put, make, fill } = wall;
  const FEEDS = {
    inquiries: "inquiries",
    one_take: "inquiries",
    lost_calls: "calls",
    answer: "inquiries",
    answered_15: "inquiries",
    answered_20: "inquiries",
    classified: "inquiries",
    escalated: "inquiries",
    returned: "inquiries",
    police: "police",
    emergencies: "emergencies",
    offences: "offences",
  };
  /* Those of incidents of every kind count all feeds of the panel's kinds. */
  const feedsOf = (panel, key) => (FEEDS[key] ? [FEEDS[key]] : wall.feedsOfKinds(panel.options));

  const day = (n) => [ikomek.number(n), word("wall.day"), false];
  const share = (key, note) => (f) => [
    wall.measure(key, f[key]),
    wall.aim(key) || word(note),
    wall.misses(key, f[key]),
  ];
  const FIGURES = {
    inquiries: (f) => [ikomek.number(f.inquiries), weekBefore(f), false],
    one_take: share("one_take", "wall.day"),
    lost_calls: share("lost_calls", "wall.day"),
    answer: share("answer", "wall.day"),
    answered_15: share("answered_15", "wall.day"),
    answered_20: share("answered_20", "wall.day"),
    classified: share("classified", "wall.period"),
    escalated: share("escalated", "wall.period"),
    on_time: share("on_time", "wall.period"),
    returned: share("returned", "wall.period"),
    police: (f) => day(f.police),
    emergencies: (f) => day(f.emergencies),
    offences: (f) => day(f.offences),
    closed: (f) => day(f.closed),
    overdue: (f) => [ikomek.number(f.overdue), word("wall.of_open", { n: f.open }), f.overdue > 0],
    open: (f) => [ikomek.number(f.open), word("wall.now"), false],
    urgent: (f) => [ikomek.number(f.urgent), word("wall.of_open", { n: f.open }), f.urgent > 0],
  };
  function weekBefore(f) {
    if (!f.inquiries_week_ago) return word("wall.day");
    const change = Math.round((f.inquiries / f.inquiries_week_ago - 1) * 100),
      sign = change > 0 ? "+" : change < 0 ? "−" : "±";
    return word("wall.against_week", {
      change: `${sign}${Math.abs(change)}`,
      day: ikomek.weekdayShort(wall.state.drawnAt),
    });
  }

  const name = (key, long) =>
    make(
      "div",
      `wall-figure-name ${long ? "long" : "short"}`,
      make("span", "said", long ? word(`wall.figure.${key}`) : word(`wall.figure.${key}.short`)),
      make("span", "wall-figure-aim"),
    );
  const box = (key) => {
    const element = make(
      "div",
      "wall-figure",
      name(key, true),
      name(key, false),
      make("div", "wall-figure-value"),
      make("div", "wall-figure-note"),
    );
    element.dataset.figure = key;
    return element;
  };
  wall.panels.figures = {
    draw(panel, t) {
      wall.state.drawnAt = panel.readAt;
      fill(panel.body, ikomek.language, () => panel.options.figures.map(box));
      for (const element of panel.body.children) show(element, panel, t);
      if (panel.options.level) wall.sayBeside(panel, wall.readWords(panel));
    },
  };
  function show(element, panel, t) {
    const key = element.dataset.figure,
      [value, note, off] = FIGURES[key](panel.figures),
      old = wall.oldness(panel, feedsOf(panel, key), t);
    put(element.querySelector(".wall-figure-value"), value);
    put(element.querySelector(".wall-figure-note"), old?.long ?? note);
    /* Where there may be no room for a note, what is old says so after its name. */
    put(
      element.querySelector(".wall-figure-name.short .said"),
      [word(`wall.figure.${key}.short`), old?.short].filter(Boolean).join(" "),
    );
    /* A share without what it is judged by says little: where its note goes, the goal stands after its
       name. */
    const aim = old ? null : wall.aim(key, true);
    for (const one of element.querySelectorAll(".wall-figure-aim")) put(one, aim ? ` ${aim}` : "");
    element.classList.toggle("old", Boolean(old));
    element.classList.toggle("off", off && !old);
  }
  wall.brief = function (panel, key, t) {
    const [value, , off] = FIGURES[key](panel.figures),
      old = wall.oldness(panel, feedsOf(panel, key), t);
    return {
      label: key === "inquiries" ? word("wall.feed.inquiries") : word(`wall.figure.${key}.short`),
      value,
      off: off && !old,
      old: old?.short,
    };
  };

  wall.panels.district = {
    draw(panel) {
      const { name: district } = panel.figures;
      put(
        panel.body,
        district == null
          ? word("wall.district.none", { key: panel.options.district })
          : word(panel.element.closest(".wall-strip") ? "wall.district.short" : "wall.district", {
              name: district,
            }),
      );
    },
  };
})();
