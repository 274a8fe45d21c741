/* Handles of an area that was drawn on /map: a corner of a lasso or a rectangle is dragged by itself, the
   middle moves all of it. What they make of it is asked when they are let go.

   ikomek.dutyHandles(group, drawn, changed)   put into a layer group; `drawn` {shape, points, metres} as in
                                               duty/area.js; changed(points, done): while it is dragged, and
                                               `done` at the end */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const SIZE_PX = 22;

  const middle = (points) => {
    const ring = window.L.latLngBounds(points);
    return [ring.getCenter().lat, ring.getCenter().lng];
  };

  function handle(group, at, name, title) {
    return window.L.marker(at, {
      draggable: true,
      title: ikomek.word(title),
      keyboard: false,
      autoPan: true,
      icon: window.L.divIcon({ className: `duty-handle ${name}`, iconSize: [SIZE_PX, SIZE_PX] }),
    }).addTo(group);
  }

  /* Of a rectangle whose corners were dragged past one another they are still its south-western and
     north-eastern one. */
  function sorted({ shape }, points) {
    if (shape !== "box") return points;
    const [[a, b], [c, d]] = points;
    return [
      [Math.min(a, c), Math.min(b, d)],
      [Math.max(a, c), Math.max(b, d)],
    ];
  }

  ikomek.dutyHandles = function (group, drawn, changed) {
    let points = drawn.points;
    const all = handle(group, middle(points), "duty-handle-middle", "duty.area.move");
    const corners = (drawn.shape === "circle" ? [] : points).map((corner) =>
      handle(group, corner, "duty-handle-corner", "duty.area.corner"),
    );

    /* `next` are the points, where they came from `held`, the handle in the hand. */
    function moved(next, held, done) {
      points = next;
      for (const [nth, corner] of corners.entries()) if (corner !== held) corner.setLatLng(points[nth]);
      if (all !== held) all.setLatLng(middle(points));
      changed(sorted(drawn, points), done);
    }

    for (const [nth, corner] of corners.entries()) {
      const next = () => {
        const { lat, lng } = corner.getLatLng();
        return points.map((point, i) => (i === nth ? [lat, lng] : point));
      };
      corner.on("drag", () => moved(next(), corner, false));
      corner.on("dragend", () => moved(next(), corner, true));
    }
    const shifted = () => {
      const { lat, lng } = all.getLatLng(),
        [y, x] = middle(points);
      return points.map(([a, b]) => [a + lat - y, b + lng - x]);
    };
    all.on("drag", () => moved(shifted(), all, false));
    all.on("dragend", () => moved(shifted(), all, true));
  };
})();
