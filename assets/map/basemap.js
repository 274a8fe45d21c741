/* The ground of every map: vector tiles of our own server, drawn by protomaps-leaflet. Nothing else in
   assets/ names that renderer.

   Two layers of it: the plan, and above it and the calm symbols (pane "ikomek-labels") the labels, so that
   a name stays whole where symbols are many; what is urgent stands above both. Labels keep to the room
   that `map/room.js` leaves them.

   `scale` is how many CSS pixels stand for one at a desk (1 on 1920 x 1080, 2 on 3840 x 2160 seen as a
   wall): lines and letters grow with it, and the style is that of the zoom a desk would show, so a wall of
   twice the pixels shows the same map, sharper. `smallest`: of any label, CSS pixels. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const RETRY_MS = [2000, 5000, 15000, 60000],
    GONE_MS = 20000,
    AGAIN_MS = 500,
    FONTS = [
      ["500 14px 'Noto Sans Variable'", "Ж"],
      ["500 14px 'Noto Sans Variable'", "Қ"],
    ];
  /* `wider`: how many zooms coarser than shown its tiles are; `minZoom`, `maxZoom`: of tiles. Lines come
     as the style's zoom has them; labels from tiles twice as wide, or no street would have room for its
     name. */
  const PLAN = {
    basemap: { layer: "basemap", wider: 0, minZoom: 0, maxZoom: 16 },
    districts: { layer: "districts", wider: 1, minZoom: 0, maxZoom: 14 },
    buildings: { layer: "buildings", wider: 0, minZoom: 15, maxZoom: 17 },
    precincts: { layer: "precincts", wider: 0, minZoom: 8, maxZoom: 16 },
  };
  const LABELS = {
    names: { layer: "basemap", wider: 1, minZoom: 0, maxZoom: 16 },
    district_names: { layer: "districts", wider: 1, minZoom: 0, maxZoom: 14 },
    buildings: PLAN.buildings,
    precincts: PLAN.precincts,
  };

  /* What the renderer asks of a point. */
  class Point {
    constructor(x, y) {
      this.x = x;
      this.y = y;
    }
    clone() {
      return new Point(this.x, this.y);
    }
    mult(k) {
      return new Point(this.x * k, this.y * k);
    }
    add(p) {
      return new Point(this.x + p.x, this.y + p.y);
    }
    dist(p) {
      return Math.hypot(this.x - p.x, this.y - p.y);
    }
  }

  /* The renderer writes only texts: a precinct's number becomes one. */
  const asTexts = (properties) =>
    typeof properties.number === "number" ? { ...properties, number: String(properties.number) } : properties;

  function toRenderer(layer, size) {
    const k = size / layer.extent;
    return layer.features.map((feature) => {
      const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
      let vertices = 0;
      const geom = feature.geometry.map((part) =>
        part.map(([px, py]) => {
          const x = px * k,
            y = py * k;
          if (x < box.minX) box.minX = x;
          if (x > box.maxX) box.maxX = x;
          if (y < box.minY) box.minY = y;
          if (y > box.maxY) box.maxY = y;
          vertices += 1;
          return new Point(x, y);
        }),
      );
      return {
        id: feature.id,
        geomType: feature.type,
        geom,
        numVertices: vertices,
        bbox: box,
        props: asTexts(feature.properties),
      };
    });
  }

  /* Where tiles come from: `read(tile, size)` asks for one. One that fails is drawn empty and asked for
     again later: a map never goes because one layer did. What was forgotten while it was on its way is
     asked for anew: its answer would be that of an older plan. */
  function source(name, retries, read) {
    let forgotten = 0;
    return {
      async get(tile, size) {
        try {
          let features, begun;
          do {
            begun = forgotten;
            features = await read(tile, size);
          } while (begun !== forgotten);
          retries.answered(name, tile);
          return features;
        } catch {
          retries.failed(name, tile);
          return new Map();
        }
      },
      forget() {
        forgotten += 1;
      },
    };
  }
  const tileSource = (name, tileLayer, retries) =>
    source(name, retries, async (tile, size) => {
      const body = await ikomek.ask(ikomek.tileAddress(tileLayer, tile), { as: "buffer" }),
        features = new Map();
      for (const layer of ikomek.readTile(body).values()) features.set(layer.name, toRenderer(layer, size));
      return features;
    });

  const language = () => document.documentElement.dataset.lang || document.documentElement.lang || "ru";
  const nameProps = () => [`name_${language()}`, "name_ru", "name_kk", "name_en", "name"];

  /* District names stand at points inside each district, whatever the tiles cut, and take part in the
     collisions like every label. */
  function districtNames(name, retries) {
    let reading = null;
    const read = async () => {
      const shown = (await ikomek.ask("/layers/districts.geojson")).features.filter((f) => f.geometry);
      return shown.flatMap((f) =>
        ikomek.innerPoints(f.geometry, 2.5).map((at) => ({ props: f.properties, at })),
      );
    };
    const tiles = source(name, retries, async (tile, size) => {
      const mine = (reading = reading || read());
      try {
        return new Map([["district_names", within(tile, size, await mine)]]);
      } catch (error) {
        if (reading === mine) reading = null;
        throw error;
      }
    });
    return {
      get: tiles.get,
      forget() {
        reading = null;
        tiles.forget();
      },
    };
  }
  function within(tile, size, named) {
    const side = 2 ** tile.z,
      points = [];
    for (const { props, at } of named) {
      const x = ((at[0] + 180) / 360) * side - tile.x;
      const sin = Math.sin((at[1] * Math.PI) / 180);
      const y = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * side - tile.y;
      if (x < 0 || x >= 1 || y < 0 || y >= 1) continue;
      const point = new Point(x * size, y * size);
      points.push({
        geomType: 1,
        geom: [[point]],
        numVertices: 1,
        props,
        bbox: { minX: point.x, maxX: point.x, minY: point.y, maxY: point.y },
      });
    }
    return points;
  }

  /* A failed tile is forgotten and asked for again, each later and later by its own failures, and all at
     once when the connection is back. `views`: name -> the renderer's. `failing()`: ms since the oldest
     that is still missing began to be, 0 when none is. */
  function retrier(views, redraw) {
    const missing = new Map();
    let timer = null;
    const keyOf = (name, tile) => `${name}/${tile.z}/${tile.x}/${tile.y}`;
    function again() {
      timer = null;
      const now = performance.now(),
        due = [...missing.values()].filter((one) => one.due <= now);
      // Not in view any more.
      for (const [key, one] of missing)
        if (one.requestedAt !== null && now - one.requestedAt > GONE_MS) missing.delete(key);
      for (const one of due) {
        views.get(one.name).tileCache.cache.delete(`${one.tile.x}:${one.tile.y}:${one.tile.z}`);
        Object.assign(one, { due: Infinity, requestedAt: now });
      }
      if (due.length) redraw();
      plan();
    }
    function plan() {
      clearTimeout(timer);
      const next = Math.min(
        ...[...missing.values()].map((one) =>
          Math.min(one.due, one.requestedAt === null ? Infinity : one.requestedAt + GONE_MS + 1),
        ),
      );
      timer = Number.isFinite(next) ? setTimeout(again, Math.max(0, next - performance.now())) : null;
    }
    const off = ikomek.live.on(({ type }) => {
      if (type !== "back") return;
      for (const one of missing.values()) Object.assign(one, { due: 0, tries: 0 });
      plan();
    });
    return {
      failed(name, tile) {
        const key = keyOf(name, tile),
          now = performance.now(),
          one = missing.get(key) || { name, tile, since: now, tries: 0 };
        one.due = now + RETRY_MS[Math.min(one.tries++, RETRY_MS.length - 1)];
        one.requestedAt = null;
        missing.set(key, one);
        plan();
      },
      answered(name, tile) {
        missing.delete(keyOf(name, tile));
      },
      failing: () =>
        missing.size ? performance.now() - Math.min(...[...missing.values()].map((one) => one.since)) : 0,
      stop() {
        clearTimeout(timer);
        off();
      },
    };
  }

  /* Name the ground's source; a demo city has none: it is invented. */
  function credit(map, layer) {
    if (!map.attributionControl) return;
    let credited = null,
      demo = null;
    const update = () => {
      const sentence =
        demo === null
          ? null
          : demo
            ? ikomek.word("map.attribution.demo")
            : document.documentElement.dataset.credit;
      if (sentence === credited) return;
      if (credited) map.attributionControl.removeAttribution(credited);
      if (sentence) map.attributionControl.addAttribution(sentence);
      credited = sentence;
    };
    const off = ikomek.live.on((message) => {
      if (message.type !== "tick") return;
      demo = Boolean(message.demo);
      update();
    });
    document.addEventListener("ikomek:language", update);
    layer.once("remove", () => {
      off();
      document.removeEventListener("ikomek:language", update);
    });
  }

  /* Add the ground to `map`. Returns {setLayer(name, on), refresh(name), restyle(), keepRoom(), keepsRoom(),
     giveWay(), names(every), failing(), remove()}. `names` of: basemap districts buildings precincts;
     `marks`: {focus, cap, warn, places} as map/hook.js has them. */
  ikomek.basemap = function (map, names, scale, smallest, marks = {}) {
    const on = new Set(names),
      views = new Map();
    const style = ikomek.mapStyle(window.protomapsL, {
      scale,
      smallest,
      nameProps,
      on,
      ...marks,
      sparse: () => ikomek.isSparse(map),
    });
    const plan = rendered(PLAN, scale, {
      paintRules: style.paint,
      backgroundColor: ikomek.symbols.ink("map"),
    });
    const labels = rendered(LABELS, scale, {
      labelRules: style.labels,
      pane: "ikomek-labels",
      tasks: FONTS.map((font) => document.fonts.load(...font)),
    });
    const retries = retrier(views, () => {
      if (plan._map) redraw();
    });
    feed(plan, PLAN, views, on, retries);
    feed(labels, LABELS, views, on, retries);
    let room = null;
    const relabel = () => {
      room = ikomek.roomKey(map);
      labels.clearLayout();
      ikomek.makeRoom(map, labels);
      labels.rerenderTiles();
    };
    const redraw = () => {
      plan.rerenderTiles();
      relabel();
    };
    const forget = (name) => {
      for (const [key, view] of views)
        if ((PLAN[key] || LABELS[key]).layer === name) forgetTiles(view.tileCache);
    };
    ikomek.makeRoom(map, labels);
    /* While labels are laid anew some are where they were and others where they will be; a tile that does
       not come may keep it so for long. */
    let drawing = 0,
      gaveWayTo = "",
      givingWay = null,
      drawn = { zoom: null, labels: [] };
    const laid = (index) =>
      [...index.current.values()].flatMap((all) => [...all]).filter(({ order }) => order >= 0);
    const render = labels.renderTile;
    labels.renderTile = async (...args) => {
      drawing += 1;
      try {
        return await render.apply(labels, args);
      } finally {
        drawing -= 1;
      }
    };
    plan.addTo(map);
    labels.addTo(map);
    credit(map, plan);
    /* The renderer takes a tile's size from the screen on which its layer was made. */
    const offRatio = ikomek.onPixelRatio(() => {
      for (const layer of [plan, labels]) layer.tileSize = layer.options.tileSize * window.devicePixelRatio;
      redraw();
    });
    return {
      keepsRoom: () => !drawing && room === ikomek.roomKey(map),
      keepRoom() {
        if (room !== ikomek.roomKey(map)) relabel();
      },
      /* On a map that people move, names stay where they are, but for that of a district or a place on which
         a symbol has come that presses: then all are laid anew around those. */
      giveWay() {
        const boxes = ikomek.pressingOn(map),
          key = `${map.getZoom()}|${boxes.map((box) => Object.values(box).map(Math.round))}`;
        clearTimeout(givingWay);
        if (drawing) givingWay = setTimeout(() => this.giveWay(), AGAIN_MS);
        if (drawing || key === gaveWayTo) return;
        gaveWayTo = key;
        const names = labels.labelers?.getIndex(map.getZoom()) ? this.names() : [];
        if (names.some((name) => boxes.some((box) => ikomek.boxesMeet(box, name)))) relabel();
      },
      restyle() {
        plan.backgroundColor = ikomek.symbols.ink("map");
        redraw();
      },
      setLayer(name, visible) {
        if (on.has(name) === visible) return;
        if (visible) on.add(name);
        else on.delete(name);
        forget(name);
        redraw();
      },
      /* The layer's tiles have changed. */
      refresh(name) {
        forget(name);
        if (on.has(name)) redraw();
      },
      failing: retries.failing,
      /* Where districts and places are named, or all that is (`every`): boxes in pixels of the map's zoom. */
      names(every) {
        const zoom = map.getZoom(),
          index = labels.labelers?.getIndex(zoom),
          now = index ? laid(index) : [];
        if (!drawing && index) drawn = { zoom, labels: now };
        if (isBare(map)) return [];
        const before = drawing && drawn.zoom === zoom ? drawn.labels : [];
        const boxes = new Map();
        for (const { order, bboxes } of [...now, ...before])
          if (every || order < style.places)
            for (const box of bboxes) boxes.set(Object.values(box).map(Math.round).join(), box);
        return [...boxes.values()];
      },
      remove() {
        retries.stop();
        clearTimeout(givingWay);
        offRatio();
        plan.remove();
        labels.remove();
      },
    };
  };

  const isBare = (map) => map.getContainer().closest(".wall-stage.bare") !== null;

  function rendered(sources, scale, options) {
    const steps = Math.max(0, Math.round(Math.log2(scale))),
      wanted = Object.entries(sources).map(([name, { layer, wider, maxZoom }]) => [
        name,
        { url: `/tiles/${layer}`, levelDiff: steps + wider, maxDataZoom: maxZoom },
      ]);
    return window.protomapsL.leafletLayer({
      sources: Object.fromEntries(wanted),
      attribution: "",
      lang: language(),
      noWrap: true,
      updateWhenZooming: false,
      keepBuffer: 1,
      maxZoom: 20,
      maxNativeZoom: 20,
      ...options,
    });
  }

  /* Give each view its source; what both layers draw is asked for once. */
  function feed(layer, sources, views, on, retries) {
    for (const [name, view] of layer.views) {
      const { layer: tileLayer, minZoom } = sources[name];
      if (views.has(name)) {
        view.tileCache = views.get(name).tileCache;
        continue;
      }
      view.tileCache.source = gated(
        tileLayer,
        minZoom,
        on,
        name === "district_names" ? districtNames(name, retries) : tileSource(name, tileLayer, retries),
      );
      views.set(name, view);
    }
  }
  function forgetTiles(tileCache) {
    tileCache.cache.clear();
    tileCache.source.forget();
  }

  /* A layer that is off, or has nothing to show at this zoom, asks the server for nothing. */
  const gated = (name, minZoom, on, tiles) => ({
    get: (tile, size) =>
      on.has(name) && tile.z >= minZoom ? tiles.get(tile, size) : Promise.resolve(new Map()),
    forget() {
      tiles.forget();
    },
  });
})();
