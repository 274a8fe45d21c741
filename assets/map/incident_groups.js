/* Many incidents as few marks, so that the streets stay readable on a wall: a flood as groups with their
   count, calm symbols that would lie on one another as one. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const WIDER = 1.25,
    FAR = 1e5,
    /* How far a group's marks reach from its middle, of its side: the ring, and the square behind. */
    REACH = 0.66,
    APART = 0.02,
    ROUNDS = 24,
    STEP = 0.25,
    RINGS = 10;

  /* Sides of a group's square, of a base size that holds three digits: it grows with the logarithm of the
     count, and where there is too little room it is what its count needs. */
  const SIDES = [
    (n, base) => base * (1 + 0.1 * Math.log2(Math.max(n, 1) / 8 + 1)),
    (n, base) => base * (n < 1000 ? 1 : n < 10000 ? 1.45 : 1.75),
  ];

  /* `spots`: [{x, y, district, urgent, id}] in pixels that do not move with the view; `base`: side of the
     smallest group; at most about `most` groups. To [{key, x, y, n, urgent, side, district, ids}]: within
     cells, never across a district's border, so that the groups of a district add up to its count. Groups
     lie neither on one another nor on the boxes `taken` {minX, minY, maxX, maxY}: names, symbols that press,
     the map's edges. What has no room near becomes part of a group of its district, and where a district has
     none groups are drawn smaller, and then all become one; where that has no room either there is no group:
     the sign of the flood says the count. */
  ikomek.groupSpots = function (spots, base, most, taken = []) {
    const sizes = SIDES.map((sideOf) => ({ base, side: (n) => sideOf(n, base) }));
    for (const size of sizes) {
      const placed = byDistrict(spots, size, most, taken);
      if (placed) return placed;
    }
    const all = oneOf(spots);
    return sizes.reduce((placed, size) => placed || arrange(all, size, taken), null) || [];
  };
  function byDistrict(spots, size, most, taken) {
    for (let cell = size.base * 1.5; cell < FAR; cell *= WIDER) {
      const found = join(cells(spots, cell), size),
        placed = found.length > most ? null : arrange(found, size, taken);
      if (placed) return placed;
      if (found.length === new Set(found.map(({ district }) => district)).size) return null;
    }
    return null;
  }
  function oneOf(spots) {
    const [first, ...others] = cells(
      spots.map((spot) => ({ ...spot, district: null })),
      FAR * FAR,
    );
    others.forEach((group) => unite(first, group));
    return first ? [first] : [];
  }
  function cells(spots, cell) {
    const groups = new Map();
    for (const { x, y, district, urgent, id } of spots) {
      const key = `${district ?? 0}|${Math.floor(x / cell)}|${Math.floor(y / cell)}`,
        group = groups.get(key);
      if (!group) groups.set(key, { key, x, y, n: 1, urgent: urgent ? 1 : 0, district, ids: [id] });
      else {
        group.ids.push(id);
        Object.assign(group, {
          x: group.x + (x - group.x) / (group.n + 1),
          y: group.y + (y - group.y) / (group.n + 1),
          n: group.n + 1,
          urgent: group.urgent + (urgent ? 1 : 0),
        });
      }
    }
    return [...groups.values()].sort(greatestFirst);
  }
  const greatestFirst = (a, b) => b.n - a.n || (a.key < b.key ? -1 : 1);
  const boxOf = (group, size) => ikomek.boxAround(group, size.side(group.n) * (REACH + APART));
  function join(all, size) {
    const kept = [];
    for (const group of all) {
      const near = kept.find(
        (one) => one.district === group.district && ikomek.boxesMeet(boxOf(one, size), boxOf(group, size)),
      );
      if (near) unite(near, group);
      else kept.push(group);
    }
    return kept;
  }
  function unite(near, group) {
    const n = near.n + group.n;
    Object.assign(near, {
      x: near.x + ((group.x - near.x) * group.n) / n,
      y: near.y + ((group.y - near.y) * group.n) / n,
    });
    add(near, group);
  }
  function add(near, group) {
    Object.assign(near, {
      n: near.n + group.n,
      urgent: near.urgent + group.urgent,
      ids: near.ids.concat(group.ids),
    });
  }

  /* The greatest first, each where it is or as near as there is room; null where there is too little for all
     of a district. */
  function arrange(all, size, taken) {
    const placed = [];
    for (const group of [...all].sort(greatestFirst)) {
      const isFree = (one, but) =>
        !placed.some((other) => other !== but && ikomek.boxesMeet(boxOf(one, size), boxOf(other, size))) &&
        !taken.some((box) => ikomek.boxesMeet(boxOf(one, size), box));
      const spot = ikomek.nearestSpot(group, size.base * STEP, RINGS, (at) => isFree({ ...at, n: group.n })),
        near = spot ? null : closest(group, placed, isFree);
      if (spot) placed.push({ ...group, ...spot });
      else if (near) add(near, group);
      else return null;
    }
    return placed.map((group) => ({ ...group, side: size.side(group.n) }));
  }
  /* The closest one of its district that is still free when it has grown by the group. */
  const closest = (group, placed, isFree) =>
    placed
      .filter((one) => one.district === group.district && isFree({ ...one, n: one.n + group.n }, one))
      .sort((a, b) => Math.hypot(a.x - group.x, a.y - group.y) - Math.hypot(b.x - group.x, b.y - group.y))[0];

  /* Symbols that would lie on one another move apart, each by at most its own size: on a map that shows a
     whole city a ring's width is nothing, and each must be counted. `spots`: [{id, x, y, fixed}], `reach`:
     how far each reaches from its middle. To Map(id -> {x, y}). */
  ikomek.spread = function (spots, reachOf) {
    const all = [...spots].sort((a, b) => a.id - b.id).map((spot) => ({ ...spot, r: reachOf(spot) })),
      from = all.map(({ x, y }) => ({ x, y }));
    for (let round = 0; round < ROUNDS; round += 1) {
      let moved = false;
      all.forEach((a, i) => {
        for (let j = i + 1; j < all.length; j += 1) moved = push(a, all[j]) || moved;
      });
      all.forEach((spot, i) => {
        const [dx, dy] = [spot.x - from[i].x, spot.y - from[i].y],
          away = Math.hypot(dx, dy),
          most = spot.r * 2;
        if (away > most)
          Object.assign(spot, { x: from[i].x + (dx / away) * most, y: from[i].y + (dy / away) * most });
      });
      if (!moved) break;
    }
    return new Map(all.map(({ id, x, y }) => [id, { x, y }]));
  };
  function push(a, b) {
    const need = a.r + b.r,
      apart = Math.hypot(b.x - a.x, b.y - a.y);
    if (apart >= need || (a.fixed && b.fixed)) return false;
    const angle = apart ? Math.atan2(b.y - a.y, b.x - a.x) : (b.id % 12) * (Math.PI / 6),
      by = (need - apart) / (a.fixed || b.fixed ? 1 : 2) + 0.1;
    if (!a.fixed) Object.assign(a, { x: a.x - Math.cos(angle) * by, y: a.y - Math.sin(angle) * by });
    if (!b.fixed) Object.assign(b, { x: b.x + Math.cos(angle) * by, y: b.y + Math.sin(angle) * by });
    return true;
  }

  /* `from`: where the spots' pixels begin in those that do not move with the view. Of calm spots (newest
     last) those to draw, so that about `most` remain: the newest of each place and kind stands for the
     others. */
  ikomek.thinned = function (spots, size, from, most) {
    let kept = spots;
    for (let cell = size * 0.9; kept.length > most; cell *= 1.25) {
      const buckets = new Map();
      const at = (x) => Math.floor(x / cell);
      for (const spot of spots)
        buckets.set(`${spot.state.kind}|${at(spot.x + from.x)}|${at(spot.y + from.y)}`, spot);
      kept = [...buckets.values()];
    }
    return kept;
  };

  /* One group: a square with its count, a second one behind; amber with a ring when it holds urgent ones.
     `font`: of the count; `chosen`: by the keyboard. */
  ikomek.drawGroup = function (ctx, { x, y, n, urgent, side, stale, chosen }, font) {
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
    if (chosen) {
      ctx.strokeStyle = ink("selection");
      ctx.lineWidth = line * 1.9;
      ctx.strokeRect(x - half - line * 4.4, y - half - line * 4.4, side + line * 8.8, side + line * 8.8);
    }
    if (stale) hatched(ctx, x - half, y - half, side);
    ctx.font = font;
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    ctx.fillStyle = ink("group-text");
    const label = ikomek.number(n),
      m = ctx.measureText(label);
    ctx.fillText(label, x, y + m.actualBoundingBoxAscent / 2);
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
