/* On a wall's map nothing lies on anything else and nothing is cut: nobody can come closer there to tell two
   marks apart. What presses has its place first, then labels (map/room.js), groups (map/incident_groups.js),
   and calm symbols where there is still room. Boxes are {minX, minY, maxX, maxY} in the same pixels as the
   spots. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const STEP = 0.5,
    RINGS = 24,
    WIDER = 0.08,
    TURNS = 16,
    CALM_REACH = 0.68;

  const around = ({ x, y }, half) => ({ minX: x - half, minY: y - half, maxX: x + half, maxY: y + half });
  const meet = (a, b) => a.maxX > b.minX && a.minX < b.maxX && a.maxY > b.minY && a.minY < b.maxY;

  /* The spot itself, or the nearest on rings around it that is free; null where none is. The first rings are
     `step` apart, the farther ones more. */
  function nearest({ x, y }, step, rings, isFree) {
    for (let ring = 0; ring <= rings; ring += 1) {
      const turns = ring ? TURNS : 1,
        away = step * ring * (1 + ring * WIDER);
      for (let turn = 0; turn < turns; turn += 1) {
        const angle = (turn / turns) * 2 * Math.PI,
          spot = { x: x + Math.cos(angle) * away, y: y + Math.sin(angle) * away };
        if (isFree(spot)) return spot;
      }
    }
    return null;
  }

  /* Where symbols that press stand: each where it is, or as near as it lies on no other and on none of
     `taken`. `spots`: [{id, x, y, fixed}], the fixed ones first; `reachOf(spot)`: how far each reaches from
     its middle. One that finds no room stays where it is: what presses never goes. To Map(id -> {x, y}). */
  ikomek.settle = function (spots, reachOf, taken) {
    const boxes = [...taken],
      settled = new Map();
    const ordered = [...spots].sort((a, b) => Boolean(b.fixed) - Boolean(a.fixed) || a.id - b.id);
    for (const spot of ordered) {
      const half = reachOf(spot),
        free = (at) => !boxes.some((box) => meet(around(at, half), box));
      const { x, y } = nearest(spot, half * STEP, RINGS, free) || spot;
      boxes.push(around({ x, y }, half));
      settled.set(spot.id, { x, y });
    }
    return settled;
  };

  /* The calm spots (newest last) that lie on none of `taken` and on no newer one. `size`: of a symbol. */
  ikomek.clearOf = function (spots, size, taken) {
    const half = size * CALM_REACH,
      boxes = [];
    const kept = [...spots].reverse().filter((spot) => {
      const box = around(spot, half),
        free = !taken.some((one) => meet(one, box)) && !boxes.some((one) => meet(one, box));
      if (free) boxes.push(box);
      return free;
    });
    return kept.reverse();
  };

  Object.assign(ikomek, { nearestSpot: nearest, boxAround: around, boxesMeet: meet });
})();
