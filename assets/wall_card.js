/* On a wall's map: the card of a critical incident, the legend, and which incidents the map shows. */
(function () {
  "use strict";
  const ikomek = window.ikomek, wall = ikomek.wall;
  const KINDS = ["service", "police", "emergency", "offence"];
  const { at, word, put, make, fill } = wall;

  wall.showCard = function (rows, t) {
    const critical = rows.filter((incident) => incident.priority >= 2).sort((a, b) => b.opened - a.opened), card = at("wall-card");
    if (!card) return;
    const turn = ikomek.wallTurn && ikomek.wallTurn();
    const incident = (turn && critical.find(({ id }) => id === turn.id)) || critical[0];
    const key = incident ? `${ikomek.language}|${incident.id}.${incident.version}|${wall.details(incident).district || ""}|${critical.length}` : "";
    fill(card, key, () => (incident ? cardOf(incident, critical.length) : []));
    if (!incident) return;
    put(card.querySelector(".ago"), ` · ${word("wall.ago", { time: wall.span(t - incident.opened) })}`);
    const corner = cornerFor(incident, card);
    if (card.className !== corner) card.className = corner;
  };
  function cardOf(incident, number) {
    const more = wall.details(incident), merged = incident.inquiries > 1 ? word("wall.merged", { n: incident.inquiries }) : null;
    const facts = [merged, more.performer ? word("wall.performer", { name: more.performer }) : null, number > 1 ? word("wall.more_critical", { n: number - 1 }) : null];
    return [
      make("div", "kind", `${word(`wall.one.${incident.kind}`)} · ${word("wall.critical")}`, make("span", "ago")),
      make("div", "what", wall.title(incident)),
      make("div", "where", [incident.address, more.district && word("wall.district", { name: more.district })].filter(Boolean).join(", ") || word("wall.no_place")),
      make("div", "facts", facts.filter(Boolean).join(" · ")),
    ];
  }
  /* The card stands where it does not cover what it speaks of. */
  function cornerFor(incident, card) {
    const handle = ikomek.maps && ikomek.maps.get("ikomek-map-wall");
    if (!handle || !incident.point) return "wall-card";
    const stage = card.parentElement, part = handle.map.getContainer(), margin = wall.letterSize() * 3, size = { x: stage.clientWidth, y: stage.clientHeight };
    const p = handle.map.latLngToContainerPoint([incident.point[1], incident.point[0]]).add([part.offsetLeft, part.offsetTop]);
    const width = card.offsetWidth + margin, height = card.offsetHeight + margin;
    if (p.x > width || p.y > height) return "wall-card";
    return size.x > 2 * width ? "wall-card right" : "wall-card low";
  }

  /* Of all maps of the scene: what they show, and how urgent. It stands on the first. */
  wall.showLegend = function (pressing) {
    const place = at("wall-legend"), maps = wall.state.panels.filter(({ kind }) => kind === "map").map(({ options }) => options);
    if (!place) return;
    const rows = pressing.filter((incident) => maps.some((map) => wall.within(incident, map))), shows = (kind) => maps.some(({ kinds }) => !kinds || kinds.includes(kind));
    const incidents = place.closest("[data-layers]").dataset.layers.split(" ").includes("incidents");
    const kinds = incidents ? KINDS.filter((kind) => wall.state.kinds.has(kind) && shows(kind)) : [], letter = wall.letterSize();
    const urgent = rows.some((i) => i.priority < 2), critical = rows.some((i) => i.priority >= 2);
    fill(place, `${wall.looks()}|${kinds}|${urgent}|${critical}`, () => {
      const calm = kinds.map((kind) => make("li", "", ikomek.symbols.image(letter * 0.72, { kind, priority: 0, plain: true }), word(`wall.kind.${kind}`)));
      const level = (name, priority, on) => make("li", on ? name : "", ikomek.symbols.image(letter * 0.72, { kind: "police", priority: on ? priority : 0, plain: true }),
        word(`wall.legend.${name}`));
      return incidents ? [...calm, level("urgent", 1, urgent), level("critical", 2, critical)] : load(place.parentElement.dataset);
    });
  };

  /* How full precincts are, of the most that a precinct may have. */
  function load({ cap, warn, layers }) {
    if (!cap || !layers.split(" ").includes("precincts")) return [];
    const percent = (share) => ikomek.number(share * 100), shares = [0, 0.5, 0.75, Number(warn), 1];
    const said = shares.map((share, i) => (i === 4 ? word("wall.load.over") : word("wall.load.range", { from: percent(share), to: percent(shares[i + 1]) })));
    const swatch = (step) => make("i", `swatch load-${step}`);
    return [make("li", "", word("wall.load", { cap: ikomek.number(cap) })), ...said.map((text, step) => make("li", "", swatch(step), text))];
  }

  /* A map shows the incidents of its kinds and its district; one that shows none, the critical ones that the card speaks of. Its labels keep clear of what stands
     over it. */
  wall.panels.map = {
    live: true,
    draw(panel) {
      const handle = ikomek.maps.get(panel.element.querySelector(".leaflet-container")?.id), { kinds, district, layers } = panel.options;
      if (!handle) return;
      handle.ground.keepRoom();
      const shown = layers.includes("incidents"), filter = { kind: kinds, district: district && wall.state.districts.get(district), priority: shown ? null : 2 };
      const key = JSON.stringify(filter);
      if (handle.wallFilter === key) return;
      handle.wallFilter = key;
      handle.setFilter(filter);
      handle.setLayer("incidents", true);
    },
  };
})();
