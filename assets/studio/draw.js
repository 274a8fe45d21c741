/* The studio's canvas over the map: precincts by how full they are, shared borders, houses, numbers
   (`numbers.js`); above it a second one for what is being changed.

   How full: below the warning no ring, from it on amber with one ring around the number, over the cap red
   with a double ring and hatched. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const PADDING = 0.2,
    HOUSES_FROM = 13,
    FOOTPRINTS_FROM = 15,
    TILE_PX = 256,
    RADIUS_M = 6378137;
  const FILL = [0.1, 0.15, 0.17];
  const { ink } = ikomek.symbols;
  const LEVEL_INK = ["good", "urgent", "critical"];

  ikomek.studioLayer = function (L, studio) {
    return L.Layer.extend({
      includes: ikomek.studioNumbers(studio),

      initialize() {
        this._hatches = new Map();
      },

      onAdd(map) {
        this._base = this._canvas("studio-base");
        this._live = this._canvas("studio-live");
        this._handles = L.DomUtil.create("div", "studio-handles leaflet-zoom-hide", this.getPane());
        map.on(
          { viewreset: this._reset, moveend: this._reset, resize: this._reset, zoomanim: this._animate },
          this,
        );
        this._offRatio = ikomek.onPixelRatio(() => this._reset());
        this._reset();
      },

      onRemove(map) {
        this._offRatio();
        map.off(
          { viewreset: this._reset, moveend: this._reset, resize: this._reset, zoomanim: this._animate },
          this,
        );
        for (const part of [this._base, this._live, this._handles]) part.remove();
      },

      getPane() {
        return this._map.getPane("studio");
      },

      _canvas(name) {
        const canvas = L.DomUtil.create("canvas", `${name} leaflet-zoom-animated`, this.getPane());
        canvas.setAttribute("aria-hidden", "true");
        return canvas;
      },

      _reset() {
        const map = this._map,
          size = map.getSize(),
          ratio = window.devicePixelRatio || 1,
          pad = size.multiplyBy(PADDING).round();
        this._origin = map.containerPointToLayerPoint(pad.multiplyBy(-1)).round();
        this._topLeft = map.layerPointToLatLng(this._origin);
        this._zoom = map.getZoom();
        this._ratio = ratio;
        this._size = { x: size.x + 2 * pad.x, y: size.y + 2 * pad.y };
        for (const canvas of [this._base, this._live]) {
          Object.assign(canvas, {
            width: Math.round(this._size.x * ratio),
            height: Math.round(this._size.y * ratio),
          });
          Object.assign(canvas.style, { width: `${this._size.x}px`, height: `${this._size.y}px` });
          L.DomUtil.setTransform(canvas, this._origin, 1);
        }
        this.paint();
        studio.publish("view");
      },

      _animate(event) {
        const scale = this._map.getZoomScale(event.zoom, this._zoom),
          at = this._map._latLngToNewLayerPoint(this._topLeft, event.zoom, event.center);
        for (const canvas of [this._base, this._live]) L.DomUtil.setTransform(canvas, at, scale);
      },

      /* Pixels for a metre of the plan, and where its middle lies on the canvas. */
      _frame() {
        const [x, y] = studio.plan.origin,
          k = (TILE_PX * 2 ** this._zoom) / (2 * Math.PI * RADIUS_M),
          half = Math.PI * RADIUS_M;
        const pixel = this._map.getPixelOrigin().add(this._origin);
        return { k, x: (x + half) * k - pixel.x, y: (y + half) * k - pixel.y };
      },

      toCanvas([x, y]) {
        const f = this._at;
        return [f.x + x * f.k, f.y + y * f.k];
      },
      toLayer(xy) {
        const [x, y] = this.toCanvas(xy);
        return [x + this._origin.x, y + this._origin.y];
      },
      toPlan(containerPoint) {
        const point = this._map.containerPointToLayerPoint(containerPoint),
          f = this._at;
        return [(point.x - this._origin.x - f.x) / f.k, (point.y - this._origin.y - f.y) / f.k];
      },
      metresPerPixel() {
        return 1 / this._at.k;
      },

      paint() {
        if (!studio.plan.origin) return;
        this._at = this._frame();
        this._stations = studio.stationBoxes(this);
        const ctx = this._clear(this._base),
          hidden = studio.changing ? studio.changing.faces : null;
        this._precincts(ctx, (face) => !hidden?.has(face));
        this._borders(ctx, (edge) => !studio.changing?.lines.has(edge.id));
        this._others(ctx);
        for (const draw of studio.underlays.values()) draw(ctx, this);
        this._houses(ctx);
        this._labels(ctx, (face) => !hidden?.has(face));
        this.paintLive();
      },

      paintLive() {
        if (!this._at) return;
        const ctx = this._clear(this._live),
          changing = studio.changing;
        if (changing) this._changing(ctx, changing);
        for (const draw of studio.overlays.values()) draw(ctx, this);
      },

      _clear(canvas) {
        const ctx = canvas.getContext("2d");
        ctx.setTransform(1, 0, 0, 1, 0, 0);
        ctx.clearRect(0, 0, canvas.width, canvas.height);
        ctx.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
        ctx.lineJoin = ctx.lineCap = "round";
        return ctx;
      },

      /* Draw in the plan's metres: `draw(pixel)`, pixel being the length of a CSS pixel there. */
      inMetres(ctx, draw) {
        ctx.save();
        ctx.translate(this._at.x, this._at.y);
        ctx.scale(this._at.k, this._at.k);
        draw(1 / this._at.k);
        ctx.restore();
      },

      fillFace(ctx, path, level) {
        this.inMetres(ctx, () => {
          ctx.globalAlpha = FILL[level];
          ctx.fillStyle = ink(LEVEL_INK[level]);
          ctx.fill(path, "evenodd");
        });
        if (level === 2) this.hatchFace(ctx, path, "critical", 0.16);
      },

      hatchFace(ctx, path, name, alpha) {
        ctx.save();
        ctx.translate(this._at.x, this._at.y);
        ctx.scale(this._at.k, this._at.k);
        ctx.clip(path, "evenodd");
        ctx.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
        ctx.globalAlpha = alpha;
        ctx.fillStyle = this._hatch(ctx, ink(name));
        ctx.fillRect(0, 0, this._size.x, this._size.y);
        ctx.restore();
      },

      /* A ring around a place, with its middle marked: here something was refused. */
      ringAt(ctx, xy, name) {
        const [x, y] = this.toCanvas(xy),
          r = 15 * studio.scale;
        ctx.save();
        Object.assign(ctx, { strokeStyle: ink(name), fillStyle: ink(name), lineWidth: 2.4 * studio.scale });
        ctx.beginPath();
        ctx.arc(x, y, r, 0, 2 * Math.PI);
        ctx.stroke();
        ctx.fillRect(x - r * 0.25, y - r * 0.25, r * 0.5, r * 0.5);
        ctx.restore();
      },

      _hatch(ctx, colour) {
        const side = Math.round(11 * studio.scale);
        if (!this._hatches.has(colour)) {
          const tile = document.createElement("canvas"),
            pen = tile.getContext("2d");
          tile.width = tile.height = side;
          pen.strokeStyle = colour;
          pen.lineWidth = side * 0.14;
          for (const shift of [-side, 0, side]) {
            pen.moveTo(shift - 1, side + 1);
            pen.lineTo(shift + side + 1, -1);
          }
          pen.stroke();
          this._hatches.set(colour, ctx.createPattern(tile, "repeat"));
        }
        return this._hatches.get(colour);
      },

      _precincts(ctx, shown) {
        for (const precinct of studio.plan.precincts.values()) {
          if (shown(precinct.id) && this.inView(precinct.id))
            this.fillFace(ctx, studio.plan.pathOf(precinct.id), studio.level(precinct.voters));
        }
      },

      inView(face) {
        const [west, north, east, south] = studio.plan.boxOf(face),
          [x0, y0] = this.toCanvas([west, north]),
          [x1, y1] = this.toCanvas([east, south]);
        return x1 >= 0 && y1 >= 0 && x0 <= this._size.x && y0 <= this._size.y;
      },

      line(ctx, line) {
        line.forEach((xy, i) => {
          const [x, y] = this.toCanvas(xy);
          if (i) ctx.lineTo(x, y);
          else ctx.moveTo(x, y);
        });
      },

      strokeLines(ctx, lines, colour, width, dash, alpha) {
        ctx.save();
        ctx.beginPath();
        for (const line of lines) this.line(ctx, line);
        Object.assign(ctx, {
          strokeStyle: ink(colour),
          lineWidth: width * studio.scale,
          globalAlpha: alpha || 1,
        });
        ctx.setLineDash((dash || []).map((part) => part * studio.scale));
        ctx.stroke();
        ctx.restore();
      },

      _borders(ctx, shown) {
        const lines = [];
        for (const edge of studio.plan.edges.values()) if (shown(edge)) lines.push(edge.xy);
        const thin = this._zoom - studio.zoomShift < 13;
        this.strokeLines(ctx, lines, "map", thin ? 2.6 : 4.2, null, 0.5);
        this.strokeLines(ctx, lines, "studio-border", thin ? 1.1 : 1.9);
        if (studio.compared) this.strokeLines(ctx, studio.compared.lines, "studio-old", 2.2, [7, 6]);
      },

      /* Precincts that somebody else has open: dotted along its border. */
      _others(ctx) {
        for (const { precincts } of studio.others) {
          for (const face of precincts) {
            if (studio.plan.precincts.has(face))
              this.strokeLines(ctx, studio.plan.linesOf(face), "studio-other", 4, [2, 7]);
          }
        }
      },

      _houses(ctx) {
        const zoom = this._zoom - studio.zoomShift;
        if (zoom < HOUSES_FROM) return;
        const side = (zoom >= FOOTPRINTS_FROM ? 3 : 1.5 + (zoom - HOUSES_FROM) * 2.4) * studio.scale;
        ctx.fillStyle = ink("studio-house");
        for (const building of studio.plan.buildings.values()) {
          const [x, y] = this.toCanvas(building.xy);
          if (x < 0 || y < 0 || x > this._size.x || y > this._size.y) continue;
          const wide = building.voters > 60 ? 1.6 : 1;
          ctx.fillRect(x - (side * wide) / 2, y - side / 2, side * wide, side);
        }
      },

      markHouses(ctx, buildings, colour) {
        const side = 9 * studio.scale;
        ctx.save();
        Object.assign(ctx, {
          strokeStyle: ink("map"),
          fillStyle: ink(colour),
          lineWidth: 1.5 * studio.scale,
        });
        for (const building of buildings) {
          const [x, y] = this.toCanvas(building.xy);
          ctx.beginPath();
          ctx.rect(x - side / 2, y - side / 2, side, side);
          ctx.fill();
          ctx.stroke();
        }
        ctx.restore();
      },

      /* What a drag changes: the faces anew, the border as it was dashed, as it will be in blue. */
      _changing(ctx, changing) {
        const { faces, lines, sums } = changing,
          voters = new Map(sums.map((sum) => [sum.id, sum.voters]));
        for (const face of faces)
          this.fillFace(ctx, studio.plan.pathOf(face, lines), studio.level(voters.get(face)));
        this._houses(ctx);
        this.strokeLines(
          ctx,
          [...lines.keys()].map((id) => studio.plan.edges.get(id).xy),
          "selection",
          1.6,
          [6, 5],
        );
        this.strokeLines(ctx, [...lines.values()], "selection", 5);
        this.markHouses(
          ctx,
          changing.moved.map((move) => move.building),
          "selection",
        );
        for (const face of faces) {
          const precinct = studio.plan.precincts.get(face);
          if (precinct.xy) this.label(ctx, precinct, voters.get(face));
        }
      },
    });
  };
})();
