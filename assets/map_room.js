/* Room for labels. On a wall nothing may be cut: what stands over a map (a card, the legend, the scale bar) and the map's own edges are taken before the first
   label is placed. A map that is panned has no such room: its labels would jump at every step. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const OVER = ".wall-card.over, .wall-legend, .leaflet-control-scale, .leaflet-control-attribution", GAP_EM = 0.35, FAR = 20000;
  const KEPT_TILES = 160, FIRST = -1, OWNER = "room";

  /* {minX, minY, maxX, maxY} of what is taken, CSS pixels of the map's container. Of several screens the edges are those of the whole picture. */
  function taken(map) {
    const container = map.getContainer(), stage = container.closest(".wall-stage");
    if (!stage) return [];
    const at = container.getBoundingClientRect(), whole = stage.getBoundingClientRect();
    const box = (left, top, right, bottom) => ({ minX: left - at.left, minY: top - at.top, maxX: right - at.left, maxY: bottom - at.top });
    const gap = parseFloat(getComputedStyle(stage).fontSize) * GAP_EM;
    const over = [...stage.parentElement.querySelectorAll(OVER)].map((element) => element.getBoundingClientRect()).filter(({ width, height }) => width && height);
    return [
      ...over.map((one) => box(one.left - gap, one.top - gap, one.right + gap, one.bottom + gap)),
      box(whole.left - FAR, whole.top - FAR, whole.left, whole.bottom + FAR), box(whole.right, whole.top - FAR, whole.right + FAR, whole.bottom + FAR),
      box(whole.left - FAR, whole.top - FAR, whole.right + FAR, whole.top), box(whole.left - FAR, whole.bottom, whole.right + FAR, whole.bottom + FAR),
    ];
  }
  function toWorld(map, { minX, minY, maxX, maxY }, zoom) {
    const from = map.project(map.containerPointToLatLng([minX, minY]), zoom), to = map.project(map.containerPointToLatLng([maxX, maxY]), zoom);
    return { minX: from.x, minY: from.y, maxX: to.x, maxY: to.y };
  }
  /* A label that draws nothing and goes before every other. */
  const blocker = (box) => ({ anchor: { x: box.minX, y: box.minY, dist: () => Infinity }, bboxes: [box], draw() {} });

  /* `layer`: the renderer's, whose labels were just cleared. */
  ikomek.makeRoom = function (map, layer) {
    const { labelers } = layer, add = labelers.add;
    labelers.maxLabeledTiles = KEPT_TILES;
    labelers.add = function (zoom, tiles) {
      if (!labelers.getIndex(zoom)) {
        add.call(labelers, zoom, new Map());
        for (const box of taken(map)) labelers.getIndex(zoom).insert(blocker(toWorld(map, box, zoom)), FIRST, OWNER);
      }
      return add.call(labelers, zoom, tiles);
    };
  };

  /* What room there is, as a text that changes with it: with what stands over a map and with the map's view. */
  ikomek.roomKey = (map) => `${map.getCenter()}|${map.getZoom()}|${taken(map).map(({ minX, minY, maxX, maxY }) => [minX, minY, maxX, maxY].map(Math.round))}`;
})();
