/* A mass event on a map: one symbol with the number of its incidents, in the middle of them, with a dashed
   line around those that are apart and a mark on each.

   ikomek.massOf(mass, spots, world, size)   the event `mass` of spots {id, x, y, state} in the canvas, which
                                             begins at `world` in the pixels of the zoom; in those stands
                                             what is returned
   ikomek.drawMass(ctx, mass, font) */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const LEAST_SIDE = 2.1,
    GROWS = 0.22,
    AWAY = 1.3,
    MARK = 0.35,
    DASH = [5, 4];

  ikomek.massOf = function (mass, spots, world, size) {
    const n = spots.length,
      mean = (name) => spots.reduce((sum, spot) => sum + spot[name], 0) / n,
      level = Math.max(...spots.map(({ state }) => ikomek.symbols.level(state)));
    const at = { x: mean("x") + world.x, y: mean("y") + world.y },
      side = size * (LEAST_SIDE + GROWS * Math.log2(n)),
      members = spots.map(({ x, y }) => ({ x: x + world.x - at.x, y: y + world.y - at.y })),
      apart = members.filter(({ x, y }) => Math.hypot(x, y) > side * 0.6);
    return {
      ...at,
      key: `m${mass}`,
      mass,
      n,
      ids: spots.map(({ id }) => id),
      side,
      size,
      level,
      stale: spots.every(({ state }) => state.stale),
      members: apart,
      around: apart.length ? hull(members, size * AWAY + side * 0.1) : [],
    };
  };

  /* The corners around `points`, each as far out as `away`: of the points themselves the outermost ones. */
  function hull(points, away) {
    const corners = points.flatMap(({ x, y }) =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({
        x: x + Math.cos((i * Math.PI) / 4) * away,
        y: y + Math.sin((i * Math.PI) / 4) * away,
      })),
    );
    const sorted = corners.sort((a, b) => a.x - b.x || a.y - b.y);
    return [...half(sorted), ...half(sorted.reverse())];
  }
  function half(sorted) {
    const kept = [];
    for (const point of sorted) {
      while (kept.length > 1 && turn(kept[kept.length - 2], kept[kept.length - 1], point) <= 0) kept.pop();
      kept.push(point);
    }
    kept.pop();
    return kept;
  }
  const turn = (a, b, c) => (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);

  ikomek.drawMass = function (ctx, mass, font) {
    const { ink } = ikomek.symbols,
      { x, y, n, side, size, level, chosen, members, around, stale } = mass,
      line = Math.max(1.5, side * 0.05),
      colour = ink(level > 1 ? "critical" : "urgent"),
      edge = ink(level > 1 ? "critical-text" : "urgent-text");
    ctx.save();
    ctx.translate(x, y);
    ctx.strokeStyle = edge;
    ctx.lineWidth = line;
    if (around.length) {
      ctx.setLineDash(DASH);
      ctx.beginPath();
      for (const corner of around) ctx.lineTo(corner.x, corner.y);
      ctx.closePath();
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.fillStyle = colour;
      for (const spot of members)
        ctx.fillRect(spot.x - size * MARK * 0.5, spot.y - size * MARK, size * MARK, size * MARK * 2);
    }
    disc(ctx, side / 2, ink("map"));
    circle(ctx, side / 2 - line / 2);
    if (chosen) {
      ctx.strokeStyle = ink("selection");
      circle(ctx, side / 2 + line * 1.5);
      ctx.strokeStyle = edge;
    }
    disc(ctx, side / 2 - line * 2, stale ? ink("group") : colour);
    ctx.font = font;
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    ctx.fillStyle = ink("group-text");
    const label = ikomek.number(n),
      m = ctx.measureText(label);
    ctx.fillText(label, 0, m.actualBoundingBoxAscent / 2);
    ctx.restore();
  };
  function disc(ctx, radius, fill) {
    ctx.fillStyle = fill;
    ctx.beginPath();
    ctx.arc(0, 0, radius, 0, 2 * Math.PI);
    ctx.fill();
  }
  function circle(ctx, radius) {
    ctx.beginPath();
    ctx.arc(0, 0, radius, 0, 2 * Math.PI);
    ctx.stroke();
  }
})();
