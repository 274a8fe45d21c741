/* Indicators with their goals and their formulas; performers by what they have open and overdue. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const { word, make, fill } = wall;

  function line(row) {
    const value = make("div", "value", wall.measure(row.key, row.value));
    const formula =
      row.value == null
        ? word(`wall.indicator.${row.key}.none`)
        : word(`wall.indicator.${row.key}.formula`, { count: ikomek.number(row.of) });
    return make(
      "li",
      wall.misses(row.key, row.value) ? "off" : "",
      make("div", "name", word(`wall.indicator.${row.key}`)),
      make("div", "aim", wall.aim(row.key) || ""),
      value,
      make("div", "formula", formula),
    );
  }
  wall.panels.indicators = {
    feeds: ({ level }) => (level === "operators" ? ["inquiries", "calls"] : ["inquiries"]),
    draw(panel) {
      if (!panel.list) panel.body.append((panel.list = make("ol", "wall-indicators")));
      fill(panel.list, `${ikomek.language}${JSON.stringify(panel.figures.rows)}`, () =>
        panel.figures.rows.map(line),
      );
    },
  };

  function performer(row) {
    return make(
      "li",
      "",
      make("div", "name", row.name),
      make("div", "late", row.overdue ? ikomek.number(row.overdue) : "—"),
      make("div", "share", wall.percent(row.on_time / row.counted)),
    );
  }
  wall.panels.performers = {
    feeds: () => ["inquiries"],
    draw(panel) {
      if (!panel.list) panel.body.append((panel.list = make("ol", "wall-performers")));
      const head = () =>
        make(
          "li",
          "head",
          make("div", "name", ""),
          make("div", "late", word("wall.performers.late")),
          make("div", "share", word("wall.performers.share")),
        );
      fill(panel.list, `${ikomek.language}${JSON.stringify(panel.figures.rows)}`, () => [
        head(),
        ...panel.figures.rows.map(performer),
      ]);
    },
  };

  wall.panels.plan = {
    draw(panel) {
      if (!panel.list) panel.body.append((panel.list = make("ol", "wall-facts")));
      const f = panel.figures;
      fill(panel.list, `${ikomek.language}${JSON.stringify(f)}`, () =>
        f.id == null ? [make("li", "none", word("wall.plan.none"))] : facts(f),
      );
    },
  };
  function facts(f) {
    const n = (value) => ikomek.number(value),
      fact = (key, value, off) =>
        make(
          "li",
          off ? "off" : "",
          make("div", "name", word(`wall.plan.${key}`)),
          make("div", "fact", value),
        );
    return [
      fact("name", f.name),
      fact("from", ikomek.dayText(Date.parse(`${f.in_force_from}T12:00:00Z`) / 1000)),
      fact("precincts", n(f.precincts)),
      fact("voters", n(f.voters)),
      fact("unassigned", n(f.unassigned), f.unassigned > 0),
      ...(f.next_name ? [fact("next", `${f.next_name} · ${word(`wall.plan.state.${f.next_state}`)}`)] : []),
    ];
  }
})();
