/* The live layer: thousands of symbols on two canvases, patched one by one and never re-created. The calm
   ones lie below the labels of the map, so that it can be read where they are many; what presses or is
   chosen stands above them.

   Data is ikomek.live.incidents (id -> payload), which live.js keeps, or the option `source`, a Map alike;
   this layer only looks. The option `now`, a function, says of which moment that is, epoch seconds or null.
   The view never moves by an update. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const REDRAW_MS = 250,
    AGE_MS = 20000,
    PADDING = 0.25,
    CALM_MANY = 350,
    CALM_LEAST = 0.78,
    CALM_SHOWN = 200,
    GROUPED_S = 5,
    SPREAD_MOST = 80,
    SETTLED_MOST = 240,
    GROUPS = 30;

  const asList = (value) =>
    value == null || value === "" ? null : (Array.isArray(value) ? value : [value]).map(String);
  const FIELDS = ["kind", "category", "status", "priority", "district", "performer", "channel"];
  const NONE = { channel: "none" };

  /* Does `incident` pass `filter` {kind, category, status, priority, district: value or list; from, to:
     epoch seconds; overdue: true}? A category, district or performer 0 is none. Overdue is what the list
     says it is: open past its deadline. */
  function passes(incident, filter, now) {
    for (const field of FIELDS) {
      const wanted = asList(filter[field]);
      if (wanted && !wanted.includes(String(incident[field] ?? NONE[field] ?? 0))) return false;
    }
    if (filter.from && incident.opened < filter.from) return false;
    if (filter.to && incident.opened >= filter.to) return false;
    return !filter.overdue || (incident.status !== "closed" && incident.due != null && incident.due < now);
  }

  ikomek.passesFilter = passes;

  const moved = ({ minX, minY, maxX, maxY }, x, y) => ({
    minX: minX + x,
    minY: minY + y,
    maxX: maxX + x,
    maxY: maxY + y,
  });

  function sheet(L, name, pane) {
    const canvas = L.DomUtil.create("canvas", `${name} leaflet-zoom-animated`, pane);
    canvas.setAttribute("aria-hidden", "true");
    return { canvas, ctx: canvas.getContext("2d") };
  }
  function fitCanvas(canvas, { width, height }) {
    const ratio = window.devicePixelRatio || 1,
      across = Math.round(width * ratio),
      down = Math.round(height * ratio);
    if (canvas.width === across && canvas.height === down) return;
    Object.assign(canvas, { width: across, height: down });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }

  ikomek.incidentLayer = function (L) {
    return L.Layer.extend({
      options: {
        pane: "ikomek-incidents",
        above: "ikomek-pressing",
        size: 13,
        interactive: true,
        thins: false,
      },

      initialize(options) {
        L.setOptions(this, options);
        this._filter = {};
        this._sprites = new Map();
        this._spots = new Map();
        this._listeners = new Set();
        this._selected = null;
        this._groups = [];
        this._grouped = new Set();
        this._masses = [];
        this._chosenGroup = null;
        this._pressing = [];
        this._calmDrawn = { spots: [], size: 0 };
      },

      onAdd(map) {
        this._calm = sheet(L, "ikomek-incidents", map.getPane(this.options.pane));
        this._above = sheet(L, "ikomek-pressing", map.getPane(this.options.above));
        this._sheets = [this._calm, this._above];
        map.on(this._events(), this);
        this._ageTimer = setInterval(() => this.redraw(), AGE_MS);
        this._offRatio = ikomek.onPixelRatio(() => this._reset());
        this._off = ikomek.live ? ikomek.live.on((message) => this._heard(message)) : null;
        this._reset();
      },

      onRemove(map) {
        map.off(this._events(), this);
        clearInterval(this._ageTimer);
        clearTimeout(this._later);
        cancelAnimationFrame(this._frame);
        if (typeof this._off === "function") this._off();
        this._offRatio();
        this._sheets.forEach(({ canvas }) => canvas.remove());
      },

      _events() {
        const events = {
          viewreset: this._reset,
          moveend: this._reset,
          resize: this._reset,
          zoomanim: this._animate,
        };
        if (this.options.interactive) Object.assign(events, { click: this._click, mousemove: this._hover });
        return events;
      },

      setFilter(filter) {
        this._filter = filter || {};
        this.redraw();
      },
      setVisible(on) {
        for (const { canvas } of this._sheets) canvas.style.display = on ? "" : "none";
        this._hidden = !on;
        this.redraw();
      },
      onSelect(fn) {
        this._listeners.add(fn);
        return () => this._listeners.delete(fn);
      },
      select(id) {
        if (this._selected === id && !this._chosenGroup) return;
        this._selected = id == null ? null : Number(id);
        this._chosenGroup = null;
        this.redraw();
        this._listeners.forEach((fn) => fn(this._selected));
      },
      restyle() {
        this._sprites.clear();
        this.redraw();
      },
      /* Ids, and groups, in the order of the keyboard: left to right, top to bottom, of what is drawn and in
         view. */
      order() {
        const size = this._map.getSize(),
          shift = this._map.containerPointToLayerPoint([0, 0]);
        return [
          ...[...this._spots].filter(([id]) => !this._grouped.has(id)),
          ...[...this._groups, ...this._masses].map((group) => [group.key, this._placed(group)]),
        ]
          .map(([id, s]) => ({ id, x: s.x + this._origin.x - shift.x, y: s.y + this._origin.y - shift.y }))
          .filter((s) => s.x >= 0 && s.y >= 0 && s.x < size.x && s.y < size.y)
          .sort((a, b) => Math.round(a.y / 40) - Math.round(b.y / 40) || a.x - b.x)
          .map((s) => s.id);
      },
      count() {
        return this._spots.size;
      },
      /* By the keyboard: an id, or a group's key of `order`. */
      choose(one) {
        if (typeof one === "number") {
          this.select(one);
          return;
        }
        this._chosenGroup = one;
        this.redraw();
      },
      chosen() {
        return this._chosenGroup ?? this._selected;
      },
      /* The group under a container point, else the one that the keyboard has chosen: its incidents, or
         none. */
      groupAt(point) {
        const p = point && this._map.containerPointToLayerPoint(point).subtract(this._origin);
        const group = this._groups
          .map((one) => this._placed(one))
          .find(({ key, x, y, side }) =>
            p ? Math.max(Math.abs(p.x - x), Math.abs(p.y - y)) <= side / 2 : key === this._chosenGroup,
          );
        return group ? group.ids.map((id) => this._spots.get(id)?.incident).filter(Boolean) : null;
      },

      /* The mass event under a container point, else the one that the keyboard has chosen: its id, or
         none. */
      massAt(point) {
        const p = point && this._map.containerPointToLayerPoint(point).subtract(this._origin);
        const found = this._masses
          .map((one) => this._placed(one))
          .find(({ key, x, y, side }) =>
            p ? Math.hypot(p.x - x, p.y - y) <= side / 2 : key === this._chosenGroup,
          );
        return found ? found.mass : null;
      },

      _heard(message) {
        if (message.type === "lost" || message.type === "back" || message.type === "hello") return;
        this.redraw();
      },

      /* At most four paints a second whatever arrives. */
      redraw() {
        if (this._later) return;
        const wait = Math.max(0, REDRAW_MS - (performance.now() - (this._painted || -REDRAW_MS)));
        this._later = setTimeout(() => {
          this._later = null;
          this._paint();
        }, wait);
      },

      /* Only a map that is dragged shows what lies beyond its edges. */
      _reset() {
        const map = this._map,
          size = map.getSize();
        const pad = size.multiplyBy(map.dragging.enabled() ? PADDING : 0).round();
        this._origin = map.containerPointToLayerPoint(pad.multiplyBy(-1)).round();
        this._topLeft = map.layerPointToLatLng(this._origin);
        this._zoom = map.getZoom();
        this._extent = { width: size.x + 2 * pad.x, height: size.y + 2 * pad.y };
        for (const { canvas } of this._sheets) {
          L.DomUtil.setTransform(canvas, this._origin, 1);
        }
        this._paint();
      },

      _animate(event) {
        const scale = this._map.getZoomScale(event.zoom, this._zoom),
          to = this._map._latLngToNewLayerPoint(this._topLeft, event.zoom, event.center);
        for (const { canvas } of this._sheets) L.DomUtil.setTransform(canvas, to, scale);
      },

      /* Calm symbols shrink where there are many, so that the street plan and what is urgent stay
         readable. */
      _calmSize(count) {
        return (
          (this._size() *
            Math.round(10 * Math.min(1, Math.max(CALM_LEAST, Math.sqrt(CALM_MANY / Math.max(count, 1)))))) /
          10
        );
      },

      _size() {
        return this.options.size * (this._map.getZoom() - (this.options.zoomShift || 0) >= 15 ? 1.2 : 1);
      },

      _paint() {
        if (!this._map || !this._extent) return;
        const ratio = window.devicePixelRatio || 1,
          live = ikomek.live;
        for (const { canvas, ctx } of this._sheets) {
          fitCanvas(canvas, this._extent);
          ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
          ctx.clearRect(0, 0, this._extent.width, this._extent.height);
        }
        this._spots.clear();
        this._pressing = [];
        this._painted = performance.now();
        this._room = this.options.room ? this._roomKey() : null;
        this._masses = [];
        if (!live || this._hidden) return;
        const now = this.options.now?.() ?? live.serverNow() / 1000,
          all = this._visible(now),
          single = this._unmassed(all),
          spots = this._ungrouped(single, now);
        const stands = ({ state }) => ikomek.symbols.level(state) > 0 || state.selected,
          calm = spots.filter((spot) => !stands(spot));
        const few = this._thinned(calm),
          size = this._calmSize(few.length / (this._area() || 1));
        this._pressing = [...this._boxes(spots), ...this._massBoxes()];
        const drawn = this._clear(few, size);
        this._calmDrawn = { spots: drawn, size };
        for (const spot of all) this._spots.set(spot.id, spot);
        for (const spot of drawn) this._stamp(this._calm.ctx, spot, ratio, size);
        for (const group of this._groups)
          ikomek.drawGroup(
            this._above.ctx,
            { ...this._placed(group), chosen: group.key === this._chosenGroup },
            this.options.font,
          );
        for (const spot of spots) if (stands(spot)) this._stamp(this._above.ctx, spot, ratio, this._size());
        for (const mass of this._masses)
          ikomek.drawMass(
            this._above.ctx,
            { ...this._placed(mass), chosen: mass.key === this._chosenGroup },
            this.options.font,
          );
        Object.assign(this._calm.canvas.dataset, {
          drawn: String(this._spots.size),
          calm: String(this._calmDrawn.spots.length),
          groups: String(this._groups.length),
          masses: String(this._masses.length),
        });
        this.options.painted?.();
      },
      groups() {
        return this._groups.length;
      },
      /* The boxes of the symbols that press, in the pixels of the zoom. */
      pressing() {
        return this._hidden ? [] : this._pressing;
      },
      /* On a wall: paint again when there is other room than at the last time. */
      keepRoom() {
        if (!this.keepsRoom()) this.redraw();
      },
      keepsRoom() {
        return !this.options.room || !this._map || this._hidden || this._roomKey() === this._room;
      },
      _roomKey() {
        return JSON.stringify(this.options.taken().map((box) => Object.values(box).map(Math.round)));
      },

      /* On a wall calm symbols lie neither on one another nor on what stands above them. */
      _clear(calm, size) {
        if (!this.options.room) return calm;
        const world = this._world(),
          groups = this._groups.map((group) => ikomek.boxAround(group, group.side * 0.66)),
          taken = [...this.options.taken(), ...this._pressing, ...groups];
        return ikomek.clearOf(
          calm,
          size,
          taken.map((box) => moved(box, -world.x, -world.y)),
        );
      },

      /* On a wall, seen as a whole city: about `CALM_SHOWN` calm symbols to a desk's map, or they hide the
         streets. */
      _thinned(calm) {
        const closeUp = this._map.getZoom() - (this.options.zoomShift || 0) >= 14;
        const world = this._map.getPixelOrigin().add(this._origin);
        return !this.options.thins || closeUp
          ? calm
          : ikomek.thinned(calm, this._size(), world, CALM_SHOWN * Math.max(0.3, this._area()));
      },

      /* What `options.flooded` says of an incident stands in groups, which are made anew every five
         seconds, on all screens in the same moment, and when what they yield to has changed; the others,
         calm ones faded while there are groups. */
      _ungrouped(all, now) {
        const { flooded } = this.options,
          members = flooded ? all.filter(({ incident }) => flooded(incident)) : [];
        if (!members.length) {
          Object.assign(this, { _groups: [], _grouped: this._ofMasses() });
          return all;
        }
        const known = new Set(members),
          others = all.filter((spot) => !known.has(spot)),
          taken = [...this.options.taken(), ...this._boxes(others), ...this._massBoxes()],
          corners = taken.map((box) => Object.values(box).map(Math.round)),
          key = `${Math.floor(now / GROUPED_S)}|${this._map.getZoom()}|${corners}`;
        if (!this._groups.length || key !== this._groupedAt) {
          this._groups = this._group(members, taken);
          this._groupedAt = key;
        }
        this._grouped = new Set([...this._groups.flatMap(({ ids }) => ids), ...this._ofMasses()]);
        const faint = (spot) =>
          ikomek.symbols.level(spot.state)
            ? spot
            : { ...spot, state: { ...spot.state, ageRatio: 1, faint: true } };
        return [
          ...members.filter(({ id }) => !this._grouped.has(id) && this.options.interactive),
          ...others.map(faint),
        ];
      },
      /* Incidents of one mass event are one symbol; those that are the only one of theirs here stay as they
         are. */
      _unmassed(all) {
        const events = new Map(),
          world = this._world();
        for (const spot of all) {
          const event = spot.incident.group;
          if (event == null) continue;
          if (!events.has(event)) events.set(event, []);
          events.get(event).push(spot);
        }
        this._masses = [...events]
          .filter(([, spots]) => spots.length > 1)
          .map(([mass, spots]) => ikomek.massOf(mass, spots, world, this._size()));
        if (!this._masses.length) return all;
        const one = this._ofMasses();
        return all.filter(({ id }) => !one.has(id));
      },
      _ofMasses() {
        return new Set(this._masses.flatMap(({ ids }) => ids));
      },
      _massBoxes() {
        return this._masses.map((mass) => ikomek.boxAround(mass, mass.side / 2));
      },
      _group(members, taken) {
        const world = this._world(),
          base = this.options.groupSize,
          { stale } = members[0].state,
          part = this._whole() || { width: this._map.getSize().x, height: this._map.getSize().y },
          most = Math.max(3, Math.min(GROUPS, (part.width * part.height) / (base * 2.4) ** 2));
        const spots = members.map(({ id, x, y, incident, state }) => ({
          id,
          x: x + world.x,
          y: y + world.y,
          district: incident.district,
          urgent: ikomek.symbols.level(state) > 0,
        }));
        return ikomek
          .groupSpots(spots, base, most, taken)
          .filter(({ n }) => n > 1 || !this.options.interactive)
          .map((group) => ({ ...group, stale }));
      },
      /* The boxes of those that press or are chosen, in the pixels of the zoom. */
      _boxes(spots) {
        const world = this._world();
        return spots
          .filter(({ state }) => ikomek.symbols.level(state) > 0 || state.selected)
          .map((spot) =>
            moved(ikomek.boxAround(spot, ikomek.symbols.reach(this._size(), spot.state)), world.x, world.y),
          );
      },
      _world() {
        return this._map.getPixelOrigin().add(this._origin);
      },
      /* In the canvas: groups are kept in the pixels of the zoom. */
      _placed(group) {
        const world = this._world();
        return { ...group, x: group.x - world.x, y: group.y - world.y };
      },

      /* What is drawn, calm below urgent below selected. */
      _visible(now) {
        const stale = ikomek.staleFeeds(now),
          spots = [];
        const { width, height } = this._extent,
          edge = this.options.room ? 0 : this.options.size * 3,
          part = this._whole();
        const [west, north, east, south] = part
          ? [part.left, part.top, part.left + part.width, part.top + part.height]
          : [0, 0, width, height];
        for (const incident of (this.options.source || ikomek.live.incidents).values()) {
          if (!incident.point || !passes(incident, this._filter, now)) continue;
          const p = this._map.latLngToLayerPoint([incident.point[1], incident.point[0]]);
          const x = p.x - this._origin.x,
            y = p.y - this._origin.y;
          if (x < west - edge || y < north - edge || x > east + edge || y > south + edge) continue;
          const state = {
            kind: incident.kind,
            priority: incident.priority,
            due: ikomek.symbols.isDue(incident, now),
            stale: stale.has(incident.feed),
            ageRatio: ikomek.symbols.fadeStep(ikomek.symbols.ageRatio(now - incident.opened)),
            selected: incident.id === this._selected,
          };
          spots.push({
            id: incident.id,
            incident,
            x,
            y,
            state,
            rank: ikomek.symbols.level(state) * 2 + (state.selected ? 9 : 0),
            opened: incident.opened,
          });
        }
        return this._spread(spots.sort((a, b) => a.rank - b.rank || a.opened - b.opened));
      },
      /* What presses, on a wall: nobody can come closer there to tell two symbols apart. */
      _spread(spots) {
        const { interactive, flooded, room } = this.options,
          pressing = interactive
            ? []
            : spots.filter(({ incident, state }) => ikomek.symbols.level(state) > 0 && !flooded?.(incident));
        if (!pressing.length || pressing.length > SETTLED_MOST) return spots;
        const world = this._world(),
          taken = room ? room().map((box) => moved(box, -world.x, -world.y)) : [],
          reach = ({ state }) => ikomek.symbols.reach(this._size(), state);
        const all = pressing.map(({ id, x, y, state }) => ({ id, x, y, state, fixed: state.priority >= 2 })),
          apart = ikomek.spread(all.length > SPREAD_MOST ? [] : all, (spot) => reach(spot) * 0.92),
          settled = ikomek.settle(
            all.map((spot) => ({ ...spot, ...apart.get(spot.id) })),
            reach,
            taken,
          );
        return spots.map((spot) => (settled.has(spot.id) ? { ...spot, ...settled.get(spot.id) } : spot));
      },

      /* The map in view, in desks of 1330 x 980 px at the layer's scale. */
      _area() {
        const size = this._map.getSize(),
          part = this._whole(),
          unit = this.options.size / 13;
        return (part ? part.width * part.height : size.x * size.y) / (1330 * 980 * unit * unit);
      },
      /* All screens of a wall show the same symbols in the same sizes: they are chosen for the whole map. */
      _whole() {
        return ikomek.wallScreens ? ikomek.wallScreens.whole(this._map.getContainer()) : null;
      },

      _stamp(ctx, spot, ratio, size) {
        const { state } = spot;
        const { kind, ageRatio, faint = false, stale, selected } = state;
        const key = [kind, ikomek.symbols.level(state), ageRatio, faint, stale, selected, size, ratio].join(
          "|",
        );
        if (!this._sprites.has(key)) this._sprites.set(key, this._sprite(state, size, ratio));
        const sprite = this._sprites.get(key);
        const x = Math.round((spot.x - sprite.half) * ratio) / ratio,
          y = Math.round((spot.y - sprite.half) * ratio) / ratio;
        ctx.drawImage(sprite.canvas, x, y, sprite.half * 2, sprite.half * 2);
      },

      _sprite(state, size, ratio) {
        if (this._sprites.size > 400) this._sprites.clear();
        const half = Math.ceil(ikomek.symbols.reach(size, state)),
          canvas = document.createElement("canvas");
        canvas.width = canvas.height = half * 2 * ratio;
        const ctx = canvas.getContext("2d");
        ctx.scale(ratio, ratio);
        ikomek.symbols.draw(ctx, half, half, size, state);
        return { canvas, half };
      },

      /* The id under a container point, topmost first, or null. */
      hit(point) {
        const p = this._map.containerPointToLayerPoint(point);
        const x = p.x - this._origin.x,
          y = p.y - this._origin.y,
          reach = this._size() * 0.9;
        let best = null,
          nearest = reach;
        for (const [id, spot] of this._spots) {
          if (this._grouped.has(id)) continue;
          const d = Math.hypot(spot.x - x, spot.y - y) - this._size() * 0.15 * spot.rank;
          if (d <= nearest) {
            nearest = d;
            best = id;
          }
        }
        return best;
      },

      _click(event) {
        if (this.massAt(event.containerPoint) != null || this.groupAt(event.containerPoint)) return;
        const id = this.hit(event.containerPoint);
        if (id != null) L.DomEvent.stop(event.originalEvent);
        this.select(id);
      },

      _hover(event) {
        const at = event.containerPoint,
          under = this.hit(at) != null || this.massAt(at) != null || this.groupAt(at);
        this._map.getContainer().style.cursor = under ? "pointer" : "";
      },
    });
  };
})();
