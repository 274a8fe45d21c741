/* Borders by keyboard: the edges of the chosen precinct are buttons on the map, in the order of the clock,
   and Tab goes from one to the next. Enter takes an edge up and the focus goes to its first handle; there
   arrows move, Enter saves, Escape goes back to the edges. */
(function () {
  "use strict";
  const ikomek = window.ikomek;

  ikomek.studioParts.push(function (studio, L) {
    let position = null,
      edgeBefore = null;

    function lay() {
      if (!studio.layer) return;
      if (!position)
        position = L.DomUtil.create("div", "studio-edges leaflet-zoom-hide", studio.layer.getPane());
      const focused = position.contains(document.activeElement) ? document.activeElement.dataset.edge : null;
      position.replaceChildren(...edges().map(([edge, xy]) => button(edge, xy)));
      if (focused) position.querySelector(`[data-edge="${focused}"]`)?.focus({ preventScroll: true });
    }

    function edges() {
      const own = studio.plan.precincts.get(studio.selected);
      if (studio.tool !== "border" || !studio.mayEdit() || studio.changing || !own || !own.xy) return [];
      const found = [...studio.plan.edgesOf(own.id)].map((id) => [
        studio.plan.edges.get(id),
        ikomek.middleOf(studio.plan.edges.get(id).xy),
      ]);
      // From half past ten on, so that an edge due north is the first wherever its middle falls.
      const clock = ([, [x, y]]) =>
        (Math.atan2(x - own.xy[0], own.xy[1] - y) + 2.25 * Math.PI) % (2 * Math.PI);
      return found.sort((a, b) => clock(a) - clock(b));
    }

    function button(edge, xy) {
      const made = ikomek.node("button", {
        type: "button",
        class: "studio-edge",
        "data-edge": edge.id,
        click: (event) => {
          event.stopPropagation();
          take(edge.id);
        },
        "aria-label": ikomek.word("studio.edge", {
          sides: studio.numbers([edge.left, edge.right].filter((face) => face != null)).join(" | "),
        }),
      });
      L.DomUtil.setPosition(made, L.point(studio.layer.toLayer(xy)));
      L.DomEvent.disableClickPropagation(made);
      return made;
    }

    function take(edge) {
      edgeBefore = edge;
      studio.chooseEdge(edge);
      studio.layer._handles.querySelector("button")?.focus({ preventScroll: true });
    }

    /* Escape from a handle leaves the edge and comes back to its button. */
    function leave() {
      if (edgeBefore == null || !position || studio.changing) return;
      const edge = edgeBefore;
      edgeBefore = null;
      lay();
      position.querySelector(`[data-edge="${edge}"]`)?.focus({ preventScroll: true });
    }

    for (const event of ["view", "select", "tool", "plan", "changing", "state"]) studio.hear(event, lay);
    studio.hear("escape", leave);
  });
})();
