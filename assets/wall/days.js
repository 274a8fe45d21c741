/* The panel of the days before the vote: each with what is still open before it. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const { word, make, fill } = wall;
  const SIGNS = { late: "◎", soon: "○", past: "✓", ahead: "" };

  wall.panels.days = {
    draw(panel) {
      if (!panel.list) panel.body.append((panel.list = make("ol", "wall-facts")));
      const days = panel.figures.dates || [];
      fill(panel.list, `${ikomek.language}${JSON.stringify(panel.figures)}`, () =>
        days.length ? days.map(row) : [make("li", "none", word("wall.days.none"))],
      );
    },
  };
  const dayText = (iso) => ikomek.dayText(Date.parse(`${iso}T12:00:00Z`) / 1000);
  function row(one) {
    const left = one.open.map(({ key, n }) => word(`wall.days.open.${key}`, { n })),
      name = [SIGNS[one.state], dayText(one.day), word(`wall.days.key.${one.key}`)];
    return make(
      "li",
      one.state === "late" || one.state === "soon" ? "off" : "",
      make("div", "name", name.filter(Boolean).join(" ")),
      make("div", "fact", left.join(" · ") || when(one.in_days)),
    );
  }
  function when(days) {
    if (days === 0) return word("wall.days.today");
    return days > 0 ? word("wall.days.in", { n: days }) : word("wall.days.over");
  }
})();
