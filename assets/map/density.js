/* The history as a density: squares of the tile's 64 x 64 sub-cells in one calm hue, darker to lighter,
   safe for colour-blind eyes (it varies in lightness). The classes are shared by all tiles in view, and
   the legend says their figures. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const CELLS = 64,
    CLASSES = 5,
    MAX_ZOOM = 16,
    RETRY_MS = [2000, 5000];

  const round = (n) => {
    const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(n, 1))) - 1);
    return Math.max(1, Math.round(n / unit) * unit);
  };

  /* Upper bounds of the classes below the last, from all counts in view: shares 50, 75, 90, 97 %, rounded,
     strictly rising. */
  ikomek.densityBreaks = function (counts) {
    if (!counts.length) return [];
    const sorted = counts.slice().sort((a, b) => a - b),
      breaks = [];
    for (const share of [0.5, 0.75, 0.9, 0.97]) {
      const value = round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
      if (value < sorted[sorted.length - 1] && (!breaks.length || value > breaks[breaks.length - 1]))
        breaks.push(value);
    }
    return breaks;
  };
  const classOf = (n, breaks) => {
    let i = 0;
    while (i < breaks.length && n > breaks[i]) i++;
    return i;
  };
  const inkOf = (i, classes) =>
    ikomek.symbols.ink(`density-${classes < 2 ? 2 : Math.round((i * (CLASSES - 1)) / (classes - 1))}`);

  const query = (filter) => {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(filter || {})) {
      if (value == null || value === "" || (Array.isArray(value) && !value.length)) continue;
      search.set(key, Array.isArray(value) ? value.join(",") : String(value));
    }
    return search.toString() ? `?${search}` : "";
  };

  ikomek.densityLayer = function (L) {
    return L.GridLayer.extend({
      options: {
        tileSize: 256,
        pane: "ikomek-density",
        updateWhenZooming: false,
        keepBuffer: 1,
        noWrap: true,
        opacity: 0.85,
        minZoom: 6,
        maxZoom: 20,
      },

      initialize(options) {
        L.setOptions(this, options);
        this._search = "";
        this._breaks = [];
        this._failing = new Map();
        this.on("load", this._classify, this);
        this.on("tileunload", ({ tile }) => this._drop(tile));
        this.on("add", () => {
          this._offRatio = ikomek.onPixelRatio(() =>
            Object.values(this._tiles || {}).forEach((tile) => this._draw(tile.el)),
          );
        });
        this.on("remove", () => this._offRatio());
      },

      /* {kind, category, status, priority, district: value or list; from, to: local days YYYY-MM-DD} */
      setFilter(filter) {
        const search = query(filter);
        if (search === this._search) return;
        this._search = search;
        if (this._map) this.redraw();
      },

      createTile(coords, done) {
        const canvas = L.DomUtil.create("canvas", "leaflet-tile");
        Object.assign(canvas, { _question: ikomek.latest(), _done: done });
        this._ask(coords, canvas);
        return canvas;
      },

      /* Each tile is asked for by the filter of its making, and again by itself while it fails, later and
         later. The map's `done` hears of the first answer. */
      _ask(coords, canvas) {
        clearTimeout(this._failing.get(canvas)?.retry);
        const done = (error) => {
          const first = canvas._done;
          canvas._done = null;
          if (first) first(error, canvas);
          else this._classify();
        };
        canvas._question.ask(
          (signal) => this._load(coords, signal),
          (cells) => {
            this._failing.delete(canvas);
            canvas._cells = cells;
            this._draw(canvas);
            done(null);
          },
          (error) => {
            const was = this._failing.get(canvas) || { since: performance.now(), tries: 0 };
            const retry = setTimeout(
              () => this._ask(coords, canvas),
              RETRY_MS[Math.min(was.tries, RETRY_MS.length - 1)],
            );
            this._failing.set(canvas, { since: was.since, tries: was.tries + 1, retry });
            done(error);
          },
        );
      },

      _drop(canvas) {
        canvas._question.forget();
        clearTimeout(this._failing.get(canvas)?.retry);
        this._failing.delete(canvas);
      },

      /* ms since the oldest tile that is still missing began to be, 0 when none is. */
      failing() {
        return this._failing.size
          ? performance.now() - Math.min(...[...this._failing.values()].map(({ since }) => since))
          : 0;
      },

      /* The tile to ask for, one coarser than shown so that a sub-cell is 8 px a side, and which part of
         it this one is. */
      _source(coords) {
        const z = Math.max(0, Math.min(MAX_ZOOM, coords.z - 1 - (this.options.zoomShift || 0))),
          f = 2 ** (coords.z - z);
        return {
          z,
          x: Math.floor(coords.x / f),
          y: Math.floor(coords.y / f),
          f,
          dx: coords.x % f,
          dy: coords.y % f,
        };
      },

      /* The cells of a tile: [x, y, width of a cell, count], shares of its side. */
      async _load(coords, signal) {
        const s = this._source(coords);
        const body = await ikomek.ask(ikomek.tileAddress("density", s, this._search), {
          as: "buffer",
          signal,
        });
        const layer = ikomek.readTile(body).get("density"),
          cells = [];
        for (const feature of layer ? layer.features : []) {
          for (const [x, y] of feature.geometry.flat()) {
            const column = Math.floor((x / layer.extent) * CELLS),
              row = Math.floor((y / layer.extent) * CELLS),
              span = CELLS / s.f;
            if (
              column >= s.dx * span &&
              column < (s.dx + 1) * span &&
              row >= s.dy * span &&
              row < (s.dy + 1) * span
            ) {
              cells.push([
                (column - s.dx * span) / span,
                (row - s.dy * span) / span,
                1 / span,
                feature.properties.n,
              ]);
            }
          }
        }
        return cells;
      },

      _draw(canvas) {
        const side = this.options.tileSize * (window.devicePixelRatio || 1),
          classes = this._breaks.length + 1;
        canvas.width = canvas.height = side;
        const ctx = canvas.getContext("2d");
        for (const [x, y, width, n] of canvas._cells || []) {
          ctx.fillStyle = inkOf(classOf(n, this._breaks), classes);
          ctx.fillRect(
            Math.round(x * side),
            Math.round(y * side),
            Math.ceil(width * side) - 1,
            Math.ceil(width * side) - 1,
          );
        }
      },

      _classify() {
        const tiles = Object.values(this._tiles || {}).filter((tile) => tile.el._cells);
        const breaks = ikomek.densityBreaks(tiles.flatMap((tile) => tile.el._cells.map((cell) => cell[3])));
        if (String(breaks) === String(this._breaks)) return;
        this._breaks = breaks;
        tiles.forEach((tile) => this._draw(tile.el));
        this.fire("classes", { breaks });
      },

      /* The cells have changed: every tile is read again where it stands. */
      refresh() {
        for (const { coords, el } of Object.values(this._tiles || {})) this._ask(coords, el);
      },
    });
  };

  /* The legend of a density layer, a Leaflet control. */
  ikomek.densityLegend = function (L, layer) {
    const control = L.control({ position: "bottomright" });
    control.onAdd = function () {
      const box = L.DomUtil.create("div", "density-legend");
      const fill = () => {
        const bounds = layer._breaks,
          rows = [];
        for (let i = 0; i <= bounds.length; i++) {
          const low = i ? bounds[i - 1] + 1 : 1;
          const text =
            i === bounds.length
              ? `≥ ${ikomek.number(low)}`
              : low === bounds[i]
                ? ikomek.number(low)
                : `${ikomek.number(low)}–${ikomek.number(bounds[i])}`;
          const item = document.createElement("li"),
            swatch = document.createElement("i");
          swatch.style.background = inkOf(i, bounds.length + 1);
          item.append(swatch, text);
          rows.push(item);
        }
        const list = document.createElement("ol");
        list.append(...rows);
        box.replaceChildren(ikomek.word("map.density"), list);
      };
      layer.on("classes", fill);
      document.addEventListener("ikomek:language", fill);
      box._off = () => {
        layer.off("classes", fill);
        document.removeEventListener("ikomek:language", fill);
      };
      fill();
      return box;
    };
    control.onRemove = () => control.getContainer()._off();
    return control;
  };
})();
