/* What the strip of a far seat says in place of boxes: "109: 4 940", "overdue 1". The first figure of the
   scene, then what is off, then the others. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const { word, make, fill } = wall;
  const MOST = 5;

  /* {label, value, off, old: of when it is, or none}, of the panels that have figures. */
  function briefs(t) {
    const of = (kind) =>
      wall.state.panels.filter(
        (panel) =>
          panel.kind === kind && panel.figures && !panel.options.district && !panel.element.checkVisibility(),
      );
    const figures = of("figures").flatMap((panel) =>
      panel.options.figures.map((key) => wall.brief(panel, key, t)),
    );
    const plans = of("plan")
      .filter(({ figures: f }) => f.id != null)
      .map((panel) => ({
        label: word("wall.plan.precincts"),
        value: ikomek.number(panel.figures.precincts),
        off: false,
        old: wall.oldness(panel, [], t)?.short,
      }));
    const [first, ...others] = [...figures, ...plans];
    return first
      ? [first, ...others.filter(({ off }) => off), ...others.filter(({ off }) => !off)].slice(0, MOST)
      : [];
  }
  const one = ({ label, value, off, old }) =>
    make(
      "span",
      ["wall-brief", off ? "off" : "", old ? "old" : ""].filter(Boolean).join(" "),
      make("span", "name", label),
      make("span", "value", value),
      ...(old ? [make("span", "name", old)] : []),
    );

  wall.showBriefs = function (t) {
    const shown = briefs(t);
    fill(ikomek.byId("wall-briefs"), `${ikomek.language}${JSON.stringify(shown)}`, () => shown.map(one));
  };
})();
