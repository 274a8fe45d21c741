/* 24 hours as columns, the last hour at the right; a line on each is the same hour a week ago. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const { word, put, make, fill } = wall;
  const EVERY_H = 6;

  function column(n, before, most, label) {
    const bar = make("div", "bar"),
      mark = make("i", "mark"),
      hour = make("div", "hour", make("div", "room", bar, mark));
    bar.style.height = `${(n / most) * 100}%`;
    mark.style.bottom = `${(before / most) * 100}%`;
    if (label) hour.append(make("span", "label", label));
    return hour;
  }
  /* A round number at or above `most`, and its half: 1, 2, 5 times a power of ten, or 3 or 4. */
  function scaleFor(most) {
    const unit = 10 ** Math.floor(Math.log10(Math.max(most, 2))),
      top = [1, 2, 3, 4, 5, 6, 8, 10].map((n) => n * unit).find((n) => n >= most);
    return { top, steps: top > 1 && (top / 2) % 1 === 0 ? [top / 2, top] : [top] };
  }
  function scale({ top, steps }) {
    const step = (n) => {
      const figure = make("span", "step", ikomek.number(n));
      figure.style.bottom = `${(n / top) * 100}%`;
      return figure;
    };
    return make("div", "scale", make("span", "widest", ikomek.number(top)), ...steps.map(step));
  }
  function line(n, top) {
    const drawn = make("i", "line");
    drawn.style.bottom = `${(n / top) * 100}%`;
    return drawn;
  }
  /* The hour of the city's clock at which each column ends. At either end there is no room for a
     label. */
  const endHour = (t, ago) => Number(ikomek.clock(t - ago * 3600).slice(0, 2));
  const labelAt = (t, i) =>
    i > 1 && i < 22 && endHour(t, 23 - i) % EVERY_H === 0
      ? `${String(endHour(t, 23 - i)).padStart(2, "0")}:00`
      : "";

  wall.panels.hours = {
    feeds: (options) => [wall.feedOf(options)],
    draw(panel, t) {
      const { now, before } = panel.figures,
        scaled = scaleFor(Math.max(1, ...now, ...before)),
        { top, steps } = scaled,
        sum = (list) => list.reduce((a, b) => a + b, 0);
      if (!panel.list) panel.body.append((panel.list = make("div", "wall-hours")));
      fill(panel.list, JSON.stringify([now, before, endHour(t, 0), ikomek.language]), () => [
        scale(scaled),
        make(
          "div",
          "chart",
          ...steps.map((n) => line(n, top)),
          ...now.map((n, i) => column(n, before[i], top, labelAt(t, i))),
        ),
      ]);
      put(
        panel.element.querySelector(".wall-panel-count"),
        word("wall.hours.sum", { now: ikomek.number(sum(now)), before: ikomek.number(sum(before)) }),
      );
    },
  };
})();
