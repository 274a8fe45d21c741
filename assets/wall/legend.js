/* On a wall's map: the legend, and which incidents the map shows. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall,
    { byId } = ikomek;
  const KINDS = ["service", "police", "emergency", "offence"];
  const { word, make, fill } = wall;

  /* The legend of all maps of the scene: what they show, and how urgent. It stands on the first. */
  wall.showLegend = function (pressing) {
    const element = byId("wall-legend"),
      maps = wall.state.panels.filter(({ kind }) => kind === "map").map(({ options }) => options);
    if (!element) return;
    const rows = pressing.filter((incident) => maps.some((map) => wall.within(incident, map))),
      shows = (kind) => maps.some(({ kinds }) => !kinds || kinds.includes(kind));
    const incidents = element.closest("[data-layers]").dataset.layers.split(" ").includes("incidents");
    const kinds = incidents ? KINDS.filter((kind) => wall.state.kinds.has(kind) && shows(kind)) : [],
      letter = wall.letterSize();
    /* Grey while all is calm; when something presses, every level in the colour that it has on the map. */
    const on = rows.length > 0;
    fill(element, `${wall.looks()}|${kinds}|${on}`, () => {
      const calm = kinds.map((kind) =>
        make(
          "li",
          "",
          ikomek.symbols.image(letter * 0.72, { kind, priority: 0, plain: true }),
          word(`wall.kind.${kind}`),
        ),
      );
      const level = (name, priority) =>
        make(
          "li",
          on ? name : "",
          ikomek.symbols.image(letter * 0.72, { kind: "police", priority: on ? priority : 0, plain: true }),
          word(`wall.legend.${name}`),
        );
      return incidents
        ? [...calm, level("urgent", 1), level("critical", 2)]
        : load(element.parentElement.dataset);
    });
  };

  /* How full precincts are, of the most that a precinct may have. */
  function load({ cap, warn, layers }) {
    if (!cap || !layers.split(" ").includes("precincts")) return [];
    const percent = (share) => ikomek.number(share * 100),
      shares = [0, 0.5, 0.75, Number(warn), 1];
    const texts = shares.map((share, i) =>
      i === 4
        ? word("wall.load.over")
        : word("wall.load.range", { from: percent(share), to: percent(shares[i + 1]) }),
    );
    const swatch = (step) => make("i", `swatch load-${step}`);
    return [
      make("li", "", word("wall.load", { cap: ikomek.number(cap) })),
      ...texts.map((text, step) => make("li", "", swatch(step), text)),
    ];
  }

  /* The map that speaks of an incident: the first of the scene that shows it, or none. */
  wall.mapOf = function (incident) {
    const maps = wall.state.panels.filter(
      ({ kind, options }) => kind === "map" && wall.within(incident, options),
    );
    const handle = maps
      .map((panel) => ikomek.maps.get(panel.element.querySelector(".leaflet-container")?.id))
      .find(Boolean);
    return handle || null;
  };

  /* A map shows the incidents of its kinds and its district; one that shows none, the critical ones that
     the card speaks of. Its labels keep clear of what stands over it. */
  wall.panels.map = {
    live: true,
    draw(panel) {
      const handle = ikomek.maps.get(panel.element.querySelector(".leaflet-container")?.id),
        { kinds, district, layers } = panel.options;
      if (!handle) return;
      const shown = layers.includes("incidents"),
        filter = {
          kind: kinds,
          district: district && wall.state.districts.get(district),
          priority: shown ? null : 2,
        };
      const key = JSON.stringify(filter);
      if (handle.wallFilter === key) return;
      handle.wallFilter = key;
      handle.setFilter(filter);
      handle.setLayer("incidents", true);
    },
  };
})();
