/* A plan of precincts in the browser: nodes and shared edges once, precincts as the edges around them, and
   the buildings they hold.

   `lon, lat` come and go in EPSG:4326; everything is drawn and counted in metres of Web Mercator from the
   plan's middle, x east, y south. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const RADIUS_M = 6378137,
    RADIAN = Math.PI / 180;

  const mercator = ([lon, lat]) => [
    lon * RADIAN * RADIUS_M,
    -RADIUS_M * Math.log(Math.tan(Math.PI / 4 + (lat * RADIAN) / 2)),
  ];

  /* Whether a point is inside segments that together close: the order they come in does not matter. */
  function inside(x, y, segments) {
    let odd = false;
    for (const line of segments) {
      for (let i = 1; i < line.length; i++) {
        const [ax, ay] = line[i - 1],
          [bx, by] = line[i];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
      }
    }
    return odd;
  }

  class Plan {
    constructor(id) {
      this.id = id;
      this.nodes = new Map();
      this.edges = new Map();
      this.precincts = new Map();
      this.buildings = new Map();
      this.streets = [];
      this.around = new Map();
      this.held = new Map();
    }

    async load() {
      const [topology, houses] = await Promise.all([this.ask("topology.json"), this.ask("buildings.json")]);
      const middle = topology.nodes.length ? topology.nodes[topology.nodes.length >> 1][2] : [0, 0];
      this.origin = mercator(middle);
      this.takePart(topology, []);
      this.streets = houses.streets;
      for (const [id, lon, lat, voters, precinct, source, street, house] of houses.buildings) {
        this.buildings.set(id, {
          id,
          xy: this.local([lon, lat]),
          lon,
          lat,
          voters,
          precinct,
          source,
          street,
          house,
        });
        this.hold(id, precinct);
      }
    }

    ask(what) {
      return ikomek.ask(`/layers/plans/${this.id}/${what}`, { cache: "no-store" });
    }

    local(point) {
      const [x, y] = mercator(point);
      return [x - this.origin[0], y - this.origin[1]];
    }

    lonLat([x, y]) {
      const lon = (x + this.origin[0]) / RADIUS_M / RADIAN,
        lat = (2 * Math.atan(Math.exp(-(y + this.origin[1]) / RADIUS_M)) - Math.PI / 2) / RADIAN;
      return [Number(lon.toFixed(9)), Number(lat.toFixed(9))];
    }

    /* How many metres on the ground a metre of the projection stands for. */
    groundMetre() {
      return 1 / Math.cosh(-this.origin[1] / RADIUS_M);
    }

    /* Replace what `part` brings and what of `touched` (precinct ids) it no longer holds. */
    takePart(part, touched) {
      for (const face of touched) {
        for (const edge of [...(this.around.get(face) || [])]) this.drop(edge);
        this.precincts.delete(face);
      }
      for (const [id, version, point] of part.nodes)
        this.nodes.set(id, { id, version, point, xy: this.local(point) });
      for (const [id, version, from, to, left, right, line] of part.edges) {
        this.drop(id);
        this.edges.set(id, {
          id,
          version,
          from,
          to,
          left,
          right,
          line,
          xy: line.map((point) => this.local(point)),
        });
        for (const face of [left, right]) if (face != null) this.edgesOf(face).add(id);
      }
      for (const precinct of part.precincts)
        this.precincts.set(precinct.id, {
          ...precinct,
          xy: precinct.label && this.local(precinct.label),
          path: null,
          box: null,
        });
      for (const face of this.facesOf(part)) {
        const precinct = this.precincts.get(face);
        if (precinct) precinct.path = precinct.box = null;
      }
    }

    facesOf(part) {
      return new Set(part.edges.flatMap((edge) => [edge[4], edge[5]]).filter((face) => face != null));
    }

    edgesOf(face) {
      if (!this.around.has(face)) this.around.set(face, new Set());
      return this.around.get(face);
    }

    drop(id) {
      const edge = this.edges.get(id);
      if (!edge) return;
      for (const face of [edge.left, edge.right]) if (face != null) this.edgesOf(face).delete(id);
      this.edges.delete(id);
    }

    hold(id, precinct) {
      const building = this.buildings.get(id);
      if (!building) return;
      if (this.held.has(building.precinct)) this.held.get(building.precinct).delete(id);
      building.precinct = precinct;
      if (!this.held.has(precinct)) this.held.set(precinct, new Set());
      this.held.get(precinct).add(id);
    }

    housesOf(face) {
      return [...(this.held.get(face) || [])].map((id) => this.buildings.get(id));
    }

    /* The edges' lines around a precinct, `redrawn` (edge id -> line) in the place of those it names. */
    linesOf(face, redrawn) {
      return [...this.edgesOf(face)].map((id) => redrawn?.get(id) || this.edges.get(id).xy);
    }

    /* Rings of a precinct, closed, by walking its edges from node to node. */
    ringsOf(face, redrawn) {
      const leaving = new Map(),
        rings = [];
      for (const id of this.edgesOf(face)) {
        const edge = this.edges.get(id),
          line = redrawn?.get(id) || edge.xy;
        if (edge.left === face) push(leaving, edge.from, { to: edge.to, line });
        if (edge.right === face) push(leaving, edge.to, { to: edge.from, line: [...line].reverse() });
      }
      for (const [start, ways] of leaving) {
        while (ways.length) {
          const ring = [];
          for (let at = start, way; (way = (leaving.get(at) || []).pop()); at = way.to)
            ring.push(...way.line);
          rings.push(ring);
        }
      }
      return rings;
    }

    pathOf(face, redrawn) {
      const precinct = this.precincts.get(face);
      if (!redrawn && precinct.path) return precinct.path;
      const path = new Path2D();
      for (const ring of this.ringsOf(face, redrawn)) {
        ring.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
        path.closePath();
      }
      if (!redrawn) precinct.path = path;
      return path;
    }

    boxOf(face) {
      const precinct = this.precincts.get(face);
      if (precinct.box) return precinct.box;
      precinct.box = [Infinity, Infinity, -Infinity, -Infinity];
      for (const line of this.linesOf(face)) for (const [x, y] of line) stretch(precinct.box, x, y);
      return precinct.box;
    }

    holds(face, x, y, redrawn) {
      return inside(x, y, this.linesOf(face, redrawn));
    }

    precinctAt(x, y) {
      for (const precinct of this.precincts.values()) if (this.holds(precinct.id, x, y)) return precinct;
      return null;
    }

    /* What moves between `faces` when their edges run as `redrawn`: [{building, from, to}], `to` null =
       outside all of them. By hand and by text stays. */
    moved(faces, redrawn) {
      const lines = faces.map((face) => [face, this.linesOf(face, redrawn)]),
        found = [];
      for (const from of faces) {
        for (const building of this.housesOf(from)) {
          if (building.source !== 0) continue;
          const [x, y] = building.xy,
            own = lines.find(([face]) => face === from);
          if (inside(x, y, own[1])) continue;
          const to = lines.find(([, around]) => inside(x, y, around));
          found.push({ building, from, to: to ? to[0] : null });
        }
      }
      return found;
    }

    /* Voters and buildings of `faces` as they would be after `moved`: [{id, number, voters, buildings,
       was}]. */
    counted(faces, moved) {
      const sums = new Map(
        faces.map((face) => {
          const p = this.precincts.get(face);
          return [
            face,
            { id: face, number: p.number, voters: p.voters, buildings: p.buildings, was: p.voters },
          ];
        }),
      );
      for (const { building, from, to } of moved) {
        for (const [face, sign] of [
          [from, -1],
          [to, 1],
        ]) {
          const sum = sums.get(face);
          if (sum) {
            sum.voters += sign * building.voters;
            sum.buildings += sign;
          }
        }
      }
      return [...sums.values()];
    }

    address(building) {
      const names = this.streets[building.street] || ["", ""],
        name = ikomek.language === "kk" ? names[1] : names[0];
      return (
        `${name} ${building.house || ""}`.trim() || ikomek.word("studio.no_address", { id: building.id })
      );
    }
  }

  function push(map, key, value) {
    if (map.has(key)) map.get(key).push(value);
    else map.set(key, [value]);
  }

  function stretch(box, x, y) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }

  ikomek.StudioPlan = Plan;
  ikomek.insideLines = inside;
})();
