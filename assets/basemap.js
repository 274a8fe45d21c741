/* The ground of every map: vector tiles of our own server, drawn by protomaps-leaflet. Nothing else in assets/ names that renderer.

   Two layers of it: the plan, and above it and the calm symbols (pane "ikomek-labels") the labels, so that a name stays whole where symbols are many; what is
   urgent stands above both. Labels keep to the room that `map_room.js` leaves them.

   `scale` is how many CSS pixels stand for one at a desk (1 on 1920 x 1080, 2 on 3840 x 2160 seen as a wall): lines and letters grow with it,
   and the style is that of the zoom a desk would show, so a wall of twice the pixels shows the same map, sharper. `smallest`: of any label, CSS pixels. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const RETRY_MS = [2000, 5000, 15000, 60000], FONTS = [["500 14px 'Noto Sans Variable'", "Ж"], ["500 14px 'Noto Sans Variable'", "Қ"]];
  /* `wider`: how many zooms coarser than shown its tiles are; `minZoom`, `maxZoom`: of tiles. Lines come as the style's zoom has them;
     labels from tiles twice as wide, or no street would have room for its name. */
  const PLAN = {
    basemap: { layer: "basemap", wider: 0, minZoom: 0, maxZoom: 16 }, districts: { layer: "districts", wider: 1, minZoom: 0, maxZoom: 14 },
    buildings: { layer: "buildings", wider: 0, minZoom: 15, maxZoom: 17 }, precincts: { layer: "precincts", wider: 0, minZoom: 8, maxZoom: 16 },
  };
  const LABELS = {
    names: { layer: "basemap", wider: 1, minZoom: 0, maxZoom: 16 }, district_names: { layer: "districts", wider: 1, minZoom: 0, maxZoom: 14 },
    buildings: PLAN.buildings, precincts: PLAN.precincts,
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
  function tileSource(name, layerAsked, onFailure) {
    return {
      async get(tile, size) {
        try {
          const answer = await fetch(ikomek.tileAddress(layerAsked, tile), { credentials: "same-origin" });
          if (!answer.ok) throw new Error(String(answer.status));
          const features = new Map();
          for (const layer of ikomek.readTile(await answer.arrayBuffer()).values()) features.set(layer.name, toRenderer(layer, size));
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
  function districtNames(name, onFailure) {
    let asked = null;
    const read = async () => {
      const answer = await fetch("/layers/districts.geojson", { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const shown = (await answer.json()).features.filter((f) => f.geometry);
      return shown.flatMap((f) => ikomek.innerPoints(f.geometry, 2.5).map((at) => ({ props: f.properties, at })));
    };
    return {
      async get(tile, size) {
        try {
          return new Map([["district_names", within(tile, size, await (asked = asked || read()))]]);
        } catch (error) {
          asked = null;
          onFailure(name, tile, error);
          return new Map();
        }
      },
      forget() { asked = null; },
    };
  }
  function within(tile, size, places) {
    const side = 2 ** tile.z, points = [];
    for (const { props, at } of places) {
      const x = ((at[0] + 180) / 360) * side - tile.x;
      const sin = Math.sin((at[1] * Math.PI) / 180);
      const y = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * side - tile.y;
      if (x < 0 || x >= 1 || y < 0 || y >= 1) continue;
      const point = new Point(x * size, y * size);
      points.push({ geomType: 1, geom: [[point]], numVertices: 1, props, bbox: { minX: point.x, maxX: point.x, minY: point.y, maxY: point.y } });
    }
    return points;
  }

  /* Failed tiles are forgotten and asked for again, later and later while the server stays away. `views`: name -> the renderer's. */
  function retrier(views, redraw) {
    let failures = 0, timer = null;
    const failed = new Map();
    const again = () => {
      timer = null;
      for (const [key, { name, tile }] of failed) {
        views.get(name).tileCache.cache.delete(`${tile.x}:${tile.y}:${tile.z}`);
        failed.delete(key);
      }
      redraw();
    };
    return (name, tile, error) => {
      if (error.name === "AbortError") return;
      failed.set(`${name}/${tile.z}/${tile.x}/${tile.y}`, { name, tile });
      if (timer) return;
      timer = setTimeout(again, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
    };
  }

  /* Name the ground's source; a demo city has none: it is invented. */
  function credit(map, layer) {
    if (!map.attributionControl) return;
    let credited = null, demo = null;
    map.attributionControl.setPrefix(false);
    const say = () => {
      const said = demo === null ? null : demo ? ikomek.word("map.attribution.demo") : document.documentElement.dataset.credit;
      if (said === credited) return;
      if (credited) map.attributionControl.removeAttribution(credited);
      if (said) map.attributionControl.addAttribution(said);
      credited = said;
    };
    const off = ikomek.live.on((message) => {
      if (message.type !== "tick") return;
      demo = Boolean(message.demo);
      say();
    });
    document.addEventListener("ikomek:language", say);
    layer.once("remove", () => { off(); document.removeEventListener("ikomek:language", say); });
  }

  /* Add the ground to `map`. Returns {setLayer(name, on), refresh(name), restyle(), keepRoom(), remove()}. `names` of: basemap districts buildings
     precincts; `marks`: {focus, cap, warn, places} as map_hook.js has them. */
  ikomek.basemap = function (map, names, scale, smallest, marks = {}) {
    const on = new Set(names), views = new Map();
    const style = ikomek.mapStyle(window.protomapsL, { scale, smallest, nameProps, on, ...marks });
    const plan = rendered(PLAN, scale, { paintRules: style.paint, backgroundColor: ikomek.symbols.ink("map") });
    const labels = rendered(LABELS, scale, { labelRules: style.labels, pane: "ikomek-labels", tasks: FONTS.map((font) => document.fonts.load(...font)) });
    const failure = retrier(views, () => { if (plan._map) redraw(); });
    feed(plan, PLAN, views, on, failure);
    feed(labels, LABELS, views, on, failure);
    let room = null;
    const relabel = () => { room = ikomek.roomKey(map); labels.clearLayout(); ikomek.makeRoom(map, labels); labels.rerenderTiles(); };
    const redraw = () => { plan.rerenderTiles(); relabel(); };
    const forget = (name) => { for (const [key, view] of views) if ((PLAN[key] || LABELS[key]).layer === name) forgetTiles(view.tileCache); };
    ikomek.makeRoom(map, labels);
    plan.addTo(map);
    labels.addTo(map);
    credit(map, plan);
    return {
      keepRoom() { if (room !== ikomek.roomKey(map)) relabel(); },
      restyle() {
        plan.backgroundColor = ikomek.symbols.ink("map");
        redraw();
      },
      setLayer(name, visible) {
        if (on.has(name) === visible) return;
        if (visible) on.add(name); else on.delete(name);
        forget(name);
        redraw();
      },
      /* The layer's tiles have changed. */
      refresh(name) {
        forget(name);
        if (on.has(name)) redraw();
      },
      remove() { plan.remove(); labels.remove(); },
    };
  };

  function rendered(sources, scale, options) {
    const steps = Math.max(0, Math.round(Math.log2(scale))), asked = {};
    for (const [name, { layer, wider, maxZoom }] of Object.entries(sources)) asked[name] = { url: `/tiles/${layer}`, levelDiff: steps + wider, maxDataZoom: maxZoom };
    return window.protomapsL.leafletLayer({
      sources: asked, attribution: "", lang: language(), noWrap: true, updateWhenZooming: false, keepBuffer: 1, maxZoom: 20, maxNativeZoom: 20, ...options,
    });
  }

  /* Give each view its source; what both layers draw is asked for once. */
  function feed(layer, sources, views, on, failure) {
    for (const [name, view] of layer.views) {
      const { layer: asked, minZoom } = sources[name];
      if (views.has(name)) { view.tileCache = views.get(name).tileCache; continue; }
      view.tileCache.source = gated(asked, minZoom, on, name === "district_names" ? districtNames(name, failure) : tileSource(name, asked, failure));
      views.set(name, view);
    }
  }
  function forgetTiles(tileCache) {
    tileCache.cache.clear();
    tileCache.source.forget();
  }

  /* A layer that is off, or has nothing to show at this zoom, asks the server for nothing. */
  const gated = (name, minZoom, on, source) => ({
    get: (tile, size) => (on.has(name) && tile.z >= minZoom ? source.get(tile, size) : Promise.resolve(new Map())),
    forget() { if (source.forget) source.forget(); },
  });
})();
