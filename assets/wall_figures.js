/* The figures of a scene, and the heading of a district. */
(function () {
  "use strict";
  const ikomek = window.ikomek, wall = ikomek.wall;
  const { word, put, make, fill } = wall;
  const FEEDS = { inquiries: "inquiries", one_take: "inquiries", lost_calls: "calls", police: "police", emergencies: "emergencies", offences: "offences" };

  const day = (n) => [ikomek.number(n), word("wall.day"), false];
  const share = (key, note) => (f) => [wall.percent(f[key]), wall.aim(key) || word(note), wall.misses(key, f[key])];
  const FIGURES = {
    inquiries: (f) => [ikomek.number(f.inquiries), weekBefore(f), false],
    one_take: share("one_take", "wall.day"), lost_calls: share("lost_calls", "wall.day"), on_time: share("on_time", "wall.period"),
    police: (f) => day(f.police), emergencies: (f) => day(f.emergencies), offences: (f) => day(f.offences), closed: (f) => day(f.closed),
    overdue: (f) => [ikomek.number(f.overdue), word("wall.of_open", { n: f.open, count: ikomek.number(f.open) }), f.overdue > 0],
    open: (f) => [ikomek.number(f.open), word("wall.now"), false],
    urgent: (f) => [ikomek.number(f.urgent), word("wall.of_open", { n: f.open, count: ikomek.number(f.open) }), f.urgent > 0],
  };
  function weekBefore(f) {
    if (!f.inquiries_week_ago) return word("wall.day");
    const change = Math.round((f.inquiries / f.inquiries_week_ago - 1) * 100), sign = change > 0 ? "+" : change < 0 ? "−" : "±";
    return word("wall.against_week", { change: `${sign}${Math.abs(change)}`, day: ikomek.weekdayShort(wall.state.drawnAt) });
  }

  const box = (key) => {
    const element = make("div", "wall-figure", make("div", "wall-figure-name", word(`wall.figure.${key}`)), make("div", "wall-figure-value"), make("div", "wall-figure-note"));
    element.dataset.figure = key;
    return element;
  };
  wall.panels.figures = {
    draw(panel, t) {
      wall.state.drawnAt = panel.readAt;
      fill(panel.body, ikomek.language, () => panel.options.figures.map(box));
      for (const element of panel.body.children) show(element, panel, t);
    },
  };
  function show(element, panel, t) {
    const key = element.dataset.figure, [value, note, off] = FIGURES[key](panel.figures);
    const feed = FEEDS[key] && ikomek.feeds.get(FEEDS[key]), quiet = Boolean(feed && ikomek.feedIsStale(feed, t));
    const dim = panel.old || panel.failed || quiet, since = panel.old || panel.failed ? panel.readAt : quiet ? feed.polled_at : null;
    put(element.querySelector(".wall-figure-value"), value);
    put(element.querySelector(".wall-figure-note"), dim ? (since ? word("wall.as_of", { time: wall.clock(since) }) : word("wall.no_data")) : note);
    element.classList.toggle("old", dim);
    element.classList.toggle("off", off && !dim);
  }

  wall.panels.district = {
    draw(panel) {
      const { name } = panel.figures;
      put(panel.body, name == null ? word("wall.district.none", { key: panel.options.district }) : word("wall.district", { name }));
    },
  };
})();
