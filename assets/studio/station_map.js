/* Stations on the map: a ballot box where each stands, and while the tool is in use the candidates as
   numbered pins, the rings of 250 and 500 m on foot around the chosen one, and the line to the house that
   is farthest from it. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const BOX_PX = 15,
    BOXES_FROM = 14,
    PIN_PX = 25,
    STEM_PX = 12;
  const WORDS = '"Noto Sans Variable", "Noto Sans", sans-serif';
  const { ink } = ikomek.symbols;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word;
    const px = (n) => n * studio.scale;

    function box(ctx, x, y, side) {
      ctx.save();
      Object.assign(ctx, {
        fillStyle: ink("map"),
        strokeStyle: ink("text"),
        lineWidth: px(1.3),
        globalAlpha: 0.95,
      });
      ctx.beginPath();
      ctx.roundRect(x - side / 2, y - side / 2, side, side, side * 0.2);
      ctx.fill();
      ctx.stroke();
      /* The box, its slot, and the paper going in. */
      ctx.lineWidth = px(1);
      ctx.strokeRect(x - side * 0.28, y - side * 0.02, side * 0.56, side * 0.3);
      ctx.strokeRect(x - side * 0.14, y - side * 0.32, side * 0.28, side * 0.3);
      ctx.restore();
    }

    /* [x, y, half its side] of each on the canvas, in view; those that share a building are one. */
    studio.stationBoxes = function (layer) {
      if (layer._zoom - studio.zoomShift < BOXES_FROM) return [];
      const found = new Map();
      for (const { station } of studio.plan.precincts.values()) {
        if (!station?.at) continue;
        const [x, y] = layer.toCanvas(studio.plan.local(station.at));
        if (x >= 0 && y >= 0 && x <= layer._size.x && y <= layer._size.y)
          found.set(station.at.join(), [x, y, px(BOX_PX) / 2]);
      }
      return [...found.values()];
    };

    function write(ctx, text, x, y, size, align) {
      Object.assign(ctx, {
        font: `600 ${px(size)}px ${WORDS}`,
        textAlign: align,
        textBaseline: "middle",
        lineWidth: px(3.5),
        strokeStyle: ink("map"),
        fillStyle: ink("text"),
      });
      ctx.strokeText(text, x, y);
      ctx.fillText(text, x, y);
    }

    /* ---- the tool ---- */

    const localLines = (shape) =>
      (shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates).map((rings) =>
        rings[0].map((point) => studio.plan.local(point)),
      );

    /* Each ring is named where it is farthest from its precinct: there nothing else is written. */
    function rings(ctx, layer, walk) {
      const own = studio.plan.precincts.get(studio.station.precinct);
      if (!own?.xy) return;
      for (const [within, shape] of Object.entries(walk.rings)) {
        const lines = localLines(shape);
        layer.strokeLines(ctx, lines, "text", 1.6, [0.1, 5], 0.85);
        const away = ([x, y]) => Math.hypot(x - own.xy[0], y - own.xy[1]);
        const [x, y] = layer.toCanvas(lines.flat().reduce((best, xy) => (away(xy) > away(best) ? xy : best)));
        write(
          ctx,
          word("studio.station.on_foot", { n: within }),
          x,
          y + px(y > layer.toCanvas(own.xy)[1] ? 12 : -12),
          12,
          "center",
        );
      }
    }

    function farthest(ctx, layer, walk, at) {
      const from = studio.plan.local(walk.farthest);
      layer.strokeLines(ctx, [[from, at]], "text", 1.8);
      const [x, y] = layer.toCanvas(from),
        [bx] = layer.toCanvas(at);
      ctx.save();
      Object.assign(ctx, { fillStyle: ink("text"), strokeStyle: ink("map"), lineWidth: px(2) });
      ctx.beginPath();
      ctx.arc(x, y, px(5), 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
      ctx.restore();
      write(
        ctx,
        word("studio.station.far", { n: walk.farthest_m }),
        x + px(bx < x ? 10 : -10),
        y,
        12,
        bx < x ? "left" : "right",
      );
    }

    function pin(ctx, layer, one, index, chosen) {
      const [x, y] = layer.toCanvas(studio.plan.local([one.lon, one.lat])),
        side = px(PIN_PX),
        top = y - px(STEM_PX) - side;
      ctx.save();
      Object.assign(ctx, {
        fillStyle: ink(chosen ? "selection" : "ground"),
        strokeStyle: ink("selection"),
        lineWidth: px(2),
      });
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x, top + side);
      ctx.stroke();
      ctx.beginPath();
      ctx.roundRect(x - side / 2, top, side, side, px(6));
      ctx.fill();
      ctx.stroke();
      Object.assign(ctx, {
        fillStyle: ink(chosen ? "ground" : "text"),
        font: `700 ${px(13)}px ${WORDS}`,
        textAlign: "center",
        textBaseline: "middle",
      });
      ctx.fillText(index < 9 ? String(index + 1) : "·", x, top + side / 2 + px(0.5));
      ctx.restore();
    }

    studio.overlays.set("station", (ctx, layer) => {
      for (const [x, y, half] of studio.stationBoxes(layer)) box(ctx, x, y, 2 * half);
      const shown = studio.shownCandidates ? studio.shownCandidates() : [],
        { chosen, walks } = studio.station;
      const walk = walks.get(chosen);
      if (walk?.rings) rings(ctx, layer, walk);
      if (walk?.farthest) farthest(ctx, layer, walk, studio.plan.local([walk.lon, walk.lat]));
      shown.forEach((one, index) => {
        if (one.building !== chosen) pin(ctx, layer, one, index, false);
      });
      shown.forEach((one, index) => {
        if (one.building === chosen) pin(ctx, layer, one, index, true);
      });
    });

    /* The building of the pin at a point of the map's window, none where there is none. */
    studio.pinAt = function (point) {
      const layer = studio.layer,
        at = studio.map.containerPointToLayerPoint(point);
      for (const one of studio.shownCandidates()) {
        const [x, y] = layer.toLayer(studio.plan.local([one.lon, one.lat])),
          side = px(PIN_PX);
        if (Math.abs(at.x - x) <= side / 2 && at.y <= y && at.y >= y - px(STEM_PX) - side)
          return one.building;
      }
      return null;
    };
  });
})();
