/* The ground of every map: vector tiles of our own server, drawn by protomaps-leaflet. Nothing else in assets/ names that renderer.

   `scale` is how many CSS pixels stand for one at a desk (1 on 1920 x 1080, 2 on 3840 x 2160 seen as a wall): lines and letters grow with it,
   and the style is that of the zoom a desk would show, so a wall of twice the pixels shows the same map, sharper. `smallest`: of any label, CSS pixels. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const RETRY_MS = [2000, 5000, 15000, 60000];
  /* `wider`: how many zooms coarser than shown its tiles are; `minZoom`, `maxZoom`: of tiles. Lines come as the style's zoom has them;
     labels from tiles twice as wide, or no street would have room for its name. */
  const SOURCES = {
    basemap: { layer: "basemap", wider: 0, minZoom: 0, maxZoom: 16 }, names: { layer: "basemap", wider: 1, minZoom: 0, maxZoom: 16 },
    districts: { layer: "districts", wider: 1, minZoom: 0, maxZoom: 14 }, buildings: { layer: "buildings", wider: 0, minZoom: 15, maxZoom: 17 },
    precincts: { layer: "precincts", wider: 0, minZoom: 8, maxZoom: 16 },
  };

  /* What the renderer asks of a point. */
  class Point {
    constructor(x, y) { this.x = x; this.y = y; }
    clone() { return new Point(this.x, this.y); }
    mult(k) { return new Point(this.x * k, this.y * k); }
    add(p) { return new Point(this.x + p.x, this.y + p.y); }
    dist(p) { return Math.hypot(this.x - p.x, this.y - p.y); }
  }

  /* The renderer writes only texts: a precinct's number becomes one. */
  const asTexts = (properties) => (typeof properties.number === "number" ? { ...properties, number: String(properties.number) } : properties);

  function toRenderer(layer, size) {
    const k = size / layer.extent;
    return layer.features.map((feature) => {
      const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
      let vertices = 0;
      const geom = feature.geometry.map((part) => part.map(([px, py]) => {
        const x = px * k, y = py * k;
        if (x < box.minX) box.minX = x;
        if (x > box.maxX) box.maxX = x;
        if (y < box.minY) box.minY = y;
        if (y > box.maxY) box.maxY = y;
        vertices += 1;
        return new Point(x, y);
      }));
      return { id: feature.id, geomType: feature.type, geom, numVertices: vertices, bbox: box, props: asTexts(feature.properties) };
    });
  }

  /* Where tiles come from. One that fails is drawn empty and asked for again later: a map never goes because one layer did. */
  function tileSource(name, layerAsked, onFailure, extra) {
    return {
      async get(tile, size) {
        try {
          const answer = await fetch(`/tiles/${layerAsked}/${tile.z}/${tile.x}/${tile.y}.mvt`, { credentials: "same-origin" });
          if (!answer.ok) throw new Error(String(answer.status));
          const features = new Map();
          for (const layer of ikomek.readTile(await answer.arrayBuffer()).values()) features.set(layer.name, toRenderer(layer, size));
          if (extra) await extra(tile, size, features);
          return features;
        } catch (error) {
          onFailure(name, tile, error);
          return new Map();
        }
      },
    };
  }

  const language = () => document.documentElement.dataset.lang || document.documentElement.lang || "ru";
  const nameProps = () => [`name_${language()}`, "name_ru", "name_kk", "name_en", "name"];

  /* District names stand at points inside each district, whatever the tiles cut, and take part in the collisions like every label. */
  function districtNames() {
    let asked = null;
    const read = async () => {
      const answer = await fetch("/layers/districts.geojson", { credentials: "same-origin" });
      if (!answer.ok) { asked = null; return []; }
      const shown = (await answer.json()).features.filter((f) => f.geometry);
      return shown.flatMap((f) => ikomek.innerPoints(f.geometry, 2.5).map((at) => ({ props: f.properties, at })));
    };
    return async (tile, size, features) => {
      const places = await (asked = asked || read());
      const side = 2 ** tile.z, points = [];
      for (const { props, at } of places) {
        const x = ((at[0] + 180) / 360) * side - tile.x;
        const sin = Math.sin((at[1] * Math.PI) / 180);
        const y = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * side - tile.y;
        if (x < 0 || x >= 1 || y < 0 || y >= 1) continue;
        const point = new Point(x * size, y * size);
        points.push({ geomType: 1, geom: [[point]], numVertices: 1, props, bbox: { minX: point.x, maxX: point.x, minY: point.y, maxY: point.y } });
      }
      features.set("district_names", points);
    };
  }

  /* Failed tiles are forgotten and asked for again, later and later while the server stays away. */
  function retrier(getLayer) {
    let failures = 0, timer = null;
    const failed = new Map();
    const again = () => {
      timer = null;
      const layer = getLayer();
      if (!layer || !layer._map) return;
      for (const [key, { name, tile }] of failed) {
        const view = layer.views.get(name);
        if (view) view.tileCache.cache.delete(`${tile.x}:${tile.y}:${tile.z}`);
        failed.delete(key);
      }
      layer.clearLayout();
      widenLabels(layer);
      layer.rerenderTiles();
    };
    return (name, tile, error) => {
      if (error.name === "AbortError") return;
      failed.set(`${name}/${tile.z}/${tile.x}/${tile.y}`, { name, tile });
      if (timer) return;
      timer = setTimeout(again, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
    };
  }

  /* The renderer keeps the labels of 16 tiles; a wall shows more. */
  function widenLabels(layer) { layer.labelers.maxLabeledTiles = 160; }

  /* Name the ground's source; a demo city has none: it is invented. */
  function credit(map, layer) {
    if (!map.attributionControl) return;
    let credited = null;
    map.attributionControl.setPrefix(false);
    const off = ikomek.live.on((message) => {
      if (message.type !== "tick") return;
      const said = message.demo ? ikomek.word("map.attribution.demo") : document.documentElement.dataset.credit;
      if (said === credited) return;
      if (credited) map.attributionControl.removeAttribution(credited);
      if (said) map.attributionControl.addAttribution(said);
      credited = said;
    });
    layer.once("remove", off);
  }

  /* Add the ground to `map`. Returns {layer, setLayer(name, on), refresh(name), relabel()}. `names` of: basemap districts buildings precincts;
     `marks`: {focus, cap, warn} as map_hook.js has them. */
  ikomek.basemap = function (map, names, scale, smallest, marks = {}) {
    const steps = Math.max(0, Math.round(Math.log2(scale)));
    const on = new Set(names);
    let layer = null;
    const failure = retrier(() => layer);
    const sources = {};
    for (const [name, { layer: asked, wider, maxZoom }] of Object.entries(SOURCES)) {
      sources[name] = { url: `/tiles/${asked}`, levelDiff: steps + wider, maxDataZoom: maxZoom };
    }
    const style = ikomek.mapStyle(window.protomapsL, { scale, smallest, nameProps, on, ...marks });
    layer = window.protomapsL.leafletLayer({
      sources, paintRules: style.paint, labelRules: style.labels, backgroundColor: ikomek.symbols.ink("map"),
      attribution: "", lang: language(), noWrap: true, updateWhenZooming: false, keepBuffer: 1, maxZoom: 20, maxNativeZoom: 20,
      tasks: [document.fonts.load("500 14px 'Noto Sans Variable'", "Ж"), document.fonts.load("500 14px 'Noto Sans Variable'", "Қ")],
    });
    for (const [name, view] of layer.views) {
      const { layer: asked } = SOURCES[name];
      view.tileCache.source = gated(asked, SOURCES[name].minZoom, on, tileSource(name, asked, failure, name === "districts" ? districtNames() : null));
    }
    widenLabels(layer);
    layer.addTo(map);
    const forget = (name) => { for (const [key, view] of layer.views) if (SOURCES[key].layer === name) view.tileCache.cache.clear(); };
    credit(map, layer);
    const redraw = () => { layer.clearLayout(); widenLabels(layer); layer.rerenderTiles(); };
    return {
      layer,
      relabel: redraw,
      restyle() {
        layer.backgroundColor = ikomek.symbols.ink("map");
        redraw();
      },
      refresh(name) { forget(name); redraw(); },
      setLayer(name, visible) {
        if (on.has(name) === visible) return;
        if (visible) on.add(name); else on.delete(name);
        forget(name);
        redraw();
      },
    };
  };

  /* A layer that is off, or has nothing to show at this zoom, asks the server for nothing. */
  const gated = (name, minZoom, on, source) => ({
    get: (tile, size) => (on.has(name) && tile.z >= minZoom ? source.get(tile, size) : Promise.resolve(new Map())),
  });
})();
