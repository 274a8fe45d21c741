/* Many incidents as few marks, so that the streets stay readable on a wall: a flood as groups with their
   count, calm symbols that would lie on one another as one. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const GAP = 1.12,
    ROUNDS = 12,
    WIDER = 1.25,
    FAR = 1e5;

  /* Side of a group's square, of a base size: grows with the logarithm of the count. */
  const sideOf = (n, base) => base * (1 + 0.1 * Math.log2(Math.max(n, 1) / 8 + 1));

  /* `spots`: [{x, y, district, urgent}] in pixels that do not move with the view; `base`: side of the
     smallest group; at most about `most` groups. To [{key, x, y, n, urgent, side, district}]: within
     cells, never across a district's border, so that the groups of a district add up to its count. Groups
     that would touch become one where they are of one district, else they move apart. */
  ikomek.groupSpots = function (spots, base, most) {
    let cell = base * 1.5,
      found = join(cells(spots, cell), base);
    while (found.length > most && cell < FAR) found = join(cells(spots, (cell *= WIDER)), base);
    return apart(found, base);
  };
  function cells(spots, cell) {
    const groups = new Map();
    for (const { x, y, district, urgent } of spots) {
      const key = `${district ?? 0}|${Math.floor(x / cell)}|${Math.floor(y / cell)}`,
        group = groups.get(key);
      if (!group) groups.set(key, { key, x, y, n: 1, urgent: urgent ? 1 : 0, district });
      else
        Object.assign(group, {
          x: group.x + (x - group.x) / (group.n + 1),
          y: group.y + (y - group.y) / (group.n + 1),
          n: group.n + 1,
          urgent: group.urgent + (urgent ? 1 : 0),
        });
    }
    return [...groups.values()].sort((a, b) => b.n - a.n || (a.key < b.key ? -1 : 1));
  }
  const reach = (a, b, base) => ((sideOf(a.n, base) + sideOf(b.n, base)) / 2) * GAP;
  const touch = (a, b, base) =>
    Math.abs(a.x - b.x) < reach(a, b, base) && Math.abs(a.y - b.y) < reach(a, b, base);
  function join(all, base) {
    const kept = [];
    for (const group of all) {
      const near = kept.find((one) => one.district === group.district && touch(one, group, base));
      if (!near) {
        kept.push(group);
        continue;
      }
      const n = near.n + group.n;
      Object.assign(near, {
        x: near.x + ((group.x - near.x) * group.n) / n,
        y: near.y + ((group.y - near.y) * group.n) / n,
        n,
        urgent: near.urgent + group.urgent,
      });
    }
    return kept;
  }
  function apart(all, base) {
    for (let round = 0; round < ROUNDS; round += 1) {
      let moved = false;
      all.forEach((a, i) =>
        all.slice(i + 1).forEach((b) => {
          if (!touch(a, b, base)) return;
          const need = reach(a, b, base),
            [dx, dy] = [b.x - a.x, b.y - a.y],
            along = need - Math.abs(dx) < need - Math.abs(dy) ? "x" : "y";
          const d = along === "x" ? dx : dy,
            push = ((need - Math.abs(d)) / 2 + 0.5) * (d < 0 ? -1 : 1);
          a[along] -= push;
          b[along] += push;
          moved = true;
        }),
      );
      if (!moved) break;
    }
    return all.map((group) => ({ ...group, side: sideOf(group.n, base) }));
  }

  /* `from`: where the spots' pixels begin in those that do not move with the view. Of calm spots (newest
     last) those to draw, so that about `most` remain: the newest of each place and kind stands for the
     others. */
  ikomek.thinned = function (spots, size, from, most) {
    let kept = spots;
    for (let cell = size * 0.9; kept.length > most; cell *= 1.25) {
      const places = new Map();
      const at = (x) => Math.floor(x / cell);
      for (const spot of spots)
        places.set(`${spot.state.kind}|${at(spot.x + from.x)}|${at(spot.y + from.y)}`, spot);
      kept = [...places.values()];
    }
    return kept;
  };

  /* One group: a square with its count, a second one behind; amber with a ring when it holds urgent ones.
     `font`: of the count. */
  ikomek.drawGroup = function (ctx, { x, y, n, urgent, side }, font, stale) {
    const { ink } = ikomek.symbols,
      half = side / 2,
      line = Math.max(1.5, side * 0.045),
      off = side * 0.09,
      fill = ink(urgent ? "urgent" : "group");
    ctx.save();
    ctx.lineWidth = line;
    ctx.strokeStyle = ink("outline");
    ctx.fillStyle = ink("symbol");
    for (const [dx, dy] of [
      [off, -off],
      [0, 0],
    ]) {
      ctx.beginPath();
      ctx.rect(x - half + dx, y - half + dy, side, side);
      if (dx === 0) ctx.fillStyle = fill;
      ctx.fill();
      ctx.stroke();
    }
    if (urgent) {
      ctx.strokeStyle = ink("urgent-text");
      ctx.strokeRect(x - half - line * 2.4, y - half - line * 2.4, side + line * 4.8, side + line * 4.8);
    }
    if (stale) hatched(ctx, x - half, y - half, side);
    ctx.font = font;
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    ctx.fillStyle = ink("group-text");
    const said = String(n),
      m = ctx.measureText(said);
    ctx.fillText(said, x, y + m.actualBoundingBoxAscent / 2);
    ctx.restore();
  };
  function hatched(ctx, left, top, side) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, side, side);
    ctx.clip();
    ctx.strokeStyle = ikomek.symbols.ink("map");
    ctx.lineWidth = side * 0.05;
    ctx.beginPath();
    for (let d = -side; d < side; d += side * 0.22) {
      ctx.moveTo(left + d, top + side);
      ctx.lineTo(left + d + side, top);
    }
    ctx.stroke();
    ctx.restore();
  }
})();
