/* 24 hours as columns, the last hour at the right; a line on each is the same hour a week ago. */
(function () {
  "use strict";
  const ikomek = window.ikomek, wall = ikomek.wall;
  const { word, put, make, fill } = wall;
  const EVERY_H = 6;

  function column(n, before, most, label) {
    const bar = make("div", "bar"), mark = make("i", "mark"), hour = make("div", "hour", make("div", "room", bar, mark));
    bar.style.height = `${(n / most) * 100}%`;
    mark.style.bottom = `${(before / most) * 100}%`;
    if (label) hour.append(make("span", "label", label));
    return hour;
  }
  /* The hour of the city's clock at which each column ends. */
  const endHour = (t, ago) => Number(wall.clock(t - ago * 3600).slice(0, 2));

  wall.panels.hours = {
    draw(panel, t) {
      const { now, before } = panel.figures, most = Math.max(1, ...now, ...before), sum = (list) => list.reduce((a, b) => a + b, 0);
      if (!panel.list) panel.body.append((panel.list = make("div", "wall-hours")));
      const label = (ago) => (endHour(t, ago) % EVERY_H === 0 ? `${String(endHour(t, ago)).padStart(2, "0")}:00` : "");
      fill(panel.list, JSON.stringify([now, before, endHour(t, 0)]), () => now.map((n, i) => column(n, before[i], most, label(23 - i))));
      put(panel.element.querySelector(".wall-panel-count"), word("wall.hours.sum", { now: ikomek.number(sum(now)), before: ikomek.number(sum(before)) }));
    },
  };
})();
