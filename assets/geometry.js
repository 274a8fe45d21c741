/* Small geometry in the browser. Coordinates EPSG:4326, lon, lat, but where a line is in the plan's
   metres. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});

  const DEGREE_KM = 111.2;

  function ringArea(ring) {
    let sum = 0;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
      sum += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
    return Math.abs(sum) / 2;
  }

  function inside(x, y, rings) {
    let odd = false;
    for (const ring of rings) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [xi, yi] = ring[i],
          [xj, yj] = ring[j];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
      }
    }
    return odd;
  }

  function distance(x, y, rings, k) {
    let best = Infinity;
    for (const ring of rings) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const ax = ring[j][0] * k,
          ay = ring[j][1],
          bx = ring[i][0] * k - ax,
          by = ring[i][1] - ay,
          px = x * k - ax,
          py = y - ay;
        const t = Math.max(0, Math.min(1, (px * bx + py * by) / (bx * bx + by * by || 1)));
        best = Math.min(best, Math.hypot(px - t * bx, py - t * by));
      }
    }
    return best;
  }

  /* The middle of a line of the plan's metres, by its length. */
  ikomek.middleOf = function (line) {
    const lengths = line.slice(1).map(([x, y], i) => Math.hypot(x - line[i][0], y - line[i][1]));
    let left = lengths.reduce((sum, one) => sum + one, 0) / 2,
      i = 0;
    while (i < lengths.length - 1 && left > lengths[i]) left -= lengths[i++];
    const t = lengths[i] ? left / lengths[i] : 0,
      [a, b] = line.slice(i);
    return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
  };

  /* Points well inside a Polygon or MultiPolygon, about `step_km` apart, none nearer than a fifth of that
     to the border; at least the most inner one. */
  ikomek.innerPoints = function (geometry, step_km) {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    const rings = parts.reduce((a, b) => (ringArea(b[0]) > ringArea(a[0]) ? b : a));
    const xs = rings[0].map((c) => c[0]),
      ys = rings[0].map((c) => c[1]);
    const west = Math.min(...xs),
      east = Math.max(...xs),
      south = Math.min(...ys),
      north = Math.max(...ys);
    const k = Math.cos((((south + north) / 2) * Math.PI) / 180),
      step = step_km / DEGREE_KM;
    const points = [];
    let best = [xs[0], ys[0]],
      most = -1;
    for (let y = south + step / 2; y < north; y += step) {
      for (let x = west + step / k / 2; x < east; x += step / k) {
        if (!inside(x, y, rings)) continue;
        const far = distance(x, y, rings, k);
        if (far > step / 5) points.push([x, y]);
        if (far > most) {
          most = far;
          best = [x, y];
        }
      }
    }
    return points.length ? points : [best];
  };
})();
