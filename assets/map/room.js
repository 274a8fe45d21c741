/* Room for labels. On a wall nothing may be cut or covered: what stands over a map (a card, the legend, the
   scale bar), the map's own edges and the symbols that press are taken before the first label is placed. A
   map that is panned keeps room for those symbols alone: its labels would jump at every step. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const OVER_ALL = ".wall-card.over, .wall-legend",
    OVER = ".wall-card.over, .wall-legend, .leaflet-control-scale, .leaflet-control-attribution",
    GAP_EM = 0.35,
    FAR = 20000;
  const KEPT_TILES = 160,
    TILE = 256,
    CORNER_EM = [24, 3.6],
    FIRST = -1,
    PRESSING_MOST = 80,
    OWNER = "room";

  /* {minX, minY, maxX, maxY} of what is taken, CSS pixels of the map's container. Of several screens the
     edges are those of the whole picture. */
  function taken(map) {
    const container = map.getContainer(),
      stage = container.closest(".wall-stage");
    if (!stage) return [];
    const at = container.getBoundingClientRect(),
      whole = stage.getBoundingClientRect();
    const box = (left, top, right, bottom) => ({
      minX: left - at.left,
      minY: top - at.top,
      maxX: right - at.left,
      maxY: bottom - at.top,
    });
    const gap = parseFloat(getComputedStyle(stage).fontSize) * GAP_EM;
    const many = ikomek.wallScreens?.whole(container),
      [wide, high] = CORNER_EM.map((letters) => letters * parseFloat(getComputedStyle(stage).fontSize));
    /* The scale bar stands on one of several screens: all leave it its corner. */
    const corner = many ? [box(whole.right - wide, whole.bottom - high, whole.right, whole.bottom)] : [];
    const over = [...stage.parentElement.querySelectorAll(many ? OVER_ALL : OVER)]
      .map((element) => element.getBoundingClientRect())
      .filter(({ width, height }) => width && height);
    return [
      ...corner,
      ...over.map((one) => box(one.left - gap, one.top - gap, one.right + gap, one.bottom + gap)),
      box(whole.left - FAR, whole.top - FAR, whole.left, whole.bottom + FAR),
      box(whole.right, whole.top - FAR, whole.right + FAR, whole.bottom + FAR),
      box(whole.left - FAR, whole.top - FAR, whole.right + FAR, whole.top),
      box(whole.left - FAR, whole.bottom, whole.right + FAR, whole.bottom + FAR),
    ];
  }
  function toWorld(map, { minX, minY, maxX, maxY }, zoom) {
    const from = map.project(map.containerPointToLatLng([minX, minY]), zoom),
      to = map.project(map.containerPointToLatLng([maxX, maxY]), zoom);
    return { minX: from.x, minY: from.y, maxX: to.x, maxY: to.y };
  }
  /* Too small for other names than those of districts. */
  ikomek.isSparse = (map) => map.getContainer().closest(".wall-stage.sparse") !== null;

  /* What is taken of a wall's map, in pixels of its zoom. */
  ikomek.takenOf = (map) => taken(map).map((box) => toWorld(map, box, map.getZoom()));

  /* Where symbols press, in pixels of its zoom. On a map that is panned only a few: many would leave no
     district its name. */
  function pressing(map) {
    const boxes = ikomek.maps.get(map.getContainer().id)?.incidents?.pressing() || [];
    return boxes.length <= PRESSING_MOST || map.getContainer().closest(".wall-stage") ? boxes : [];
  }
  ikomek.pressingOn = pressing;

  /* A label that draws nothing and goes before every other. */
  const blocker = (box) => ({
    anchor: { x: box.minX, y: box.minY, dist: () => Infinity },
    bboxes: [box],
    draw() {},
  });

  /* On a wall of several screens labels are placed for the whole map at once and in one order, before any
     tile of a screen is drawn: every screen comes to the same. */
  function layWholeFirst(map, layer) {
    if (layer.laysWhole) return;
    layer.laysWhole = true;
    const render = layer.renderTile;
    layer.renderTile = async function (coords, ...rest) {
      if (ikomek.wallScreens?.whole(map.getContainer())) await layWhole(map, layer, coords.z);
      return render.call(layer, coords, ...rest);
    };
  }
  function layWhole(map, layer, zoom) {
    const { labelers } = layer;
    labelers.whole = labelers.whole || new Map();
    if (!labelers.whole.has(zoom)) labelers.whole.set(zoom, arrange(map, layer, labelers, zoom));
    return labelers.whole.get(zoom);
  }
  async function arrange(map, layer, labelers, zoom) {
    const { left, top, width, height } = ikomek.wallScreens.whole(map.getContainer()),
      from = map.getPixelBounds().min,
      tiles = [];
    labelers.maxLabeledTiles = Infinity;
    for (let y = Math.floor((from.y + top) / TILE); y <= Math.floor((from.y + top + height) / TILE); y += 1) {
      for (
        let x = Math.floor((from.x + left) / TILE);
        x <= Math.floor((from.x + left + width) / TILE);
        x += 1
      )
        tiles.push({ x, y, z: zoom });
    }
    const prepared = await Promise.all(
      tiles.map(async (coords) => {
        const parts = await Promise.all(
          [...layer.views].map(async ([name, view]) => [name, [await view.getDisplayTile(coords)]]),
        );
        return new Map(parts);
      }),
    );
    for (const tile of prepared) labelers.add(zoom, tile);
  }

  /* `layer`: the renderer's, whose labels were just cleared. */
  ikomek.makeRoom = function (map, layer) {
    const { labelers } = layer,
      add = labelers.add;
    labelers.maxLabeledTiles = KEPT_TILES;
    layWholeFirst(map, layer);
    labelers.add = function (zoom, tiles) {
      if (!labelers.getIndex(zoom)) {
        add.call(labelers, zoom, new Map());
        const boxes = [...taken(map).map((box) => toWorld(map, box, zoom)), ...pressing(map)];
        for (const box of boxes) labelers.getIndex(zoom).insert(blocker(box), FIRST, OWNER);
      }
      return add.call(labelers, zoom, tiles);
    };
  };

  /* What room there is, as a text that changes with it: with what stands over a map and on it, and with the
     map's view. */
  ikomek.roomKey = (map) => {
    const boxes = [...taken(map), ...pressing(map)].map((box) => Object.values(box).map(Math.round));
    return `${map.getCenter()}|${map.getZoom()}|${ikomek.isSparse(map)}|${boxes}`;
  };
})();
