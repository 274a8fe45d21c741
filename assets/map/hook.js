/* Every dash-leaflet map whose id begins with "ikomek-map" becomes one of ours: ground, labels, live
   symbols, density.

   The element around it may say `data-layers="basemap districts incidents"` (these are the default; also
   buildings, precincts, density) `data-focus` (a district's key: the others are dimmed), `data-cap` and
   `data-warn` (voters of a precinct, a share of them: precincts are filled by how full they are),
   `data-places="none"` (numbers of the page's own stand where districts and neighbourhoods are named) and
   `data-scale` ("auto" = by the height of its wall; "desk" = by the size of the page's letters; default
   1). Pages then use `ikomek.maps.get(id)` -> {map, setLayer(name, on), setFilter(filter), select(id),
   onSelect(fn), knowsItsSize(), takeSize()}: whether it is drawn for the size and the letter that its
   place has now, and make it so; a wall's also go([lat, lon], zooms closer), home(), frame(bounds), which
   sets where home is, and offHome([lon, lat]): how far a point is from the middle of the map at home, CSS
   pixels.

   "ikomek:map" tells of a new map, once; "ikomek:map-resized" that it has other parts (`incidents`,
   `basemap`, `scale`, ...) for another size of its window, under the same choices; both with {id, handle}. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const DEFAULT = "basemap districts incidents",
    DESK_HEIGHT = 1040,
    SMALLEST_PX = 11,
    SPREAD_MS = 2000,
    SYMBOL_SHARE = 0.06,
    LETTER_PX = 0.05,
    DENSITY_MS = 30000,
    ROUNDED = 0.005; // what the rounding of a wall's height to pixels may come to, of its scale
  ikomek.maps = new Map();

  function around(container, name, fallback) {
    const element = container.closest(`[data-${name}]`);
    return element ? element.getAttribute(`data-${name}`) : fallback;
  }

  function panes(map) {
    for (const [name, order] of [
      ["ikomek-density", 350],
      ["ikomek-incidents", 370],
      ["ikomek-labels", 380],
      ["ikomek-pressing", 620],
    ]) {
      const pane = map.createPane(name);
      pane.style.zIndex = order;
      pane.style.pointerEvents = "none";
    }
  }

  function keyboard(map, layer) {
    const container = map.getContainer();
    const listen = (event) => {
      const incidents = layer();
      if (event.target !== container) return;
      if (event.key === "Escape") incidents.select(null);
      if (event.key !== "n" && event.key !== "p" && event.key !== "N" && event.key !== "P") return;
      const ids = incidents.order();
      if (!ids.length) return;
      const step = event.key.toLowerCase() === "n" ? 1 : -1,
        at = ids.indexOf(incidents.chosen());
      incidents.choose(ids[(at < 0 ? (step > 0 ? 0 : ids.length - 1) : at + step + ids.length) % ids.length]);
      event.preventDefault();
    };
    container.addEventListener("keydown", listen);
    map.on("unload", () => container.removeEventListener("keydown", listen));
  }

  /* Leaflet's scale bar, its unit in the page's language. */
  function scaleBar(L, options) {
    const bar = L.control.scale(options);
    bar._updateMetric = function (metres) {
      const round = this._getRoundNum(metres),
        length = round < 1000 ? ["map.metres", round] : ["map.kilometres", round / 1000];
      this._updateScale(this._mScale, ikomek.word(length[0], { n: length[1] }), round / metres);
    };
    return bar;
  }

  /* Leaflet's buttons, named in the page's language. */
  function nameZooms(map) {
    for (const way of ["in", "out"]) {
      const button = map.getContainer().querySelector(`.leaflet-control-zoom-${way}`);
      if (!button) continue;
      button.title = ikomek.word(`map.zoom_${way}`);
      button.setAttribute("aria-label", button.title);
    }
  }

  /* How many CSS pixels stand for one at a desk. A wall's map grows with the screen. */
  const letters = () => Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);
  /* The scale of a wall's map, by the height of its wall, not its own: one of three side by side shows the
     same area as one alone. The line of the banners counts, or every one that comes would change the map. */
  function wallScale(map) {
    const wall = map.getContainer().closest(".wall") || map.getContainer(),
      banners = byId("shell-banners");
    return Math.max(1, (wall.clientHeight + (banners ? banners.offsetHeight : 0)) / DESK_HEIGHT);
  }
  const scaleOf = (map, wish) =>
    wish === "auto" ? wallScale(map) : wish === "desk" ? letters() : Number(wish) || 1;

  /* The smallest letter on the map, CSS pixels: a wall's is that of its farthest seat. */
  const smallestOf = (map, wish, scale) =>
    wish === "auto" ? parseFloat(getComputedStyle(map.getContainer()).fontSize) : SMALLEST_PX * scale;

  /* A size that is there in between only, from one frame to the next, is never told to whoever observes it:
     a map that was set meanwhile would keep it. */
  function knowsItsSize(map) {
    const { clientWidth, clientHeight } = map.getContainer(),
      { x, y } = map.getSize();
    return x === clientWidth && y === clientHeight;
  }
  const isHidden = (map) => map.getContainer().clientWidth === 0;
  /* The size of the whole map: each of several screens shows a part of it. */
  function wholeSize(map) {
    const container = map.getContainer(),
      { clientWidth, clientHeight } = container.closest(".wall-stage") || container;
    return { x: clientWidth, y: clientHeight };
  }
  /* The closest zoom, `most` at most, at which the bounds are all in view. */
  function zoomOf(map, bounds, most) {
    const { x, y } = wholeSize(map),
      least = map.getMinZoom();
    const fits = (zoom) => {
      const size = map
        .project(bounds.getSouthEast(), zoom)
        .subtract(map.project(bounds.getNorthWest(), zoom));
      return size.x <= x && size.y <= y;
    };
    let zoom = most;
    while (zoom > least && !fits(zoom)) zoom -= 1;
    return zoom;
  }

  /* A wall's view is fixed: whatever asks for another zoom (the component on its first effect, a resize)
     gets this one back. `go` gives it another view to hold. Of several screens each shows a part of the
     map, whose middle is not that of the view. */
  function holdView(map, centre, zoom) {
    const home = { centre, zoom },
      view = { centre, zoom, closer: 0 };
    const part = () => (ikomek.wallScreens ? ikomek.wallScreens.clip(map.getContainer()) : [0, 0]);
    /* On whole pixels, reckoned from the view alone: Leaflet's own way of moving a map goes from where it
       stands and drops what is less than a pixel, so that where it comes to stand depends on where it was. */
    const cornerFor = (away) =>
      map.project(view.centre, view.zoom).add(away).subtract(map.getSize().divideBy(2)).round();
    const set = () => {
      const away = part();
      map.invalidateSize({ pan: false, animate: false });
      const corner = cornerFor(away),
        way = corner.subtract(map.getPixelBounds().min);
      if (map.getZoom() === view.zoom && map.getSize().contains(way)) map.panBy(way, { animate: false });
      else
        map.setView(map.unproject(corner.add(map.getSize().divideBy(2)), view.zoom), view.zoom, {
          reset: true,
        });
    };
    const hold = () => {
      if (map.getZoom() !== view.zoom) set();
    };
    const go = (to, closer) => {
      Object.assign(view, { centre: to, closer, zoom: home.zoom + closer });
      set();
    };
    map.on("zoomend", hold);
    set();
    /* The home of a map that shows something whole: the closest zoom at which the bounds (EPSG:4326,
       [[south, west], [north, east]]) are all in view. */
    const frame = (bounds) => {
      const away = view.centre !== home.centre,
        box = window.L.latLngBounds(bounds);
      Object.assign(home, { centre: box.getCenter(), zoom: zoomOf(map, box, zoom + 2) });
      go(away ? view.centre : home.centre, view.closer);
    };
    return {
      set,
      /* Its place moves under it without another size, and the component puts it where it was told once: of
         neither is anybody told. */
      stands: () => map.getZoom() === view.zoom && map.getPixelBounds().min.distanceTo(cornerFor(part())) < 1,
      frame,
      go,
      home() {
        if (view.centre !== home.centre) go(home.centre, 0);
      },
      offHome: ([lon, lat]) =>
        map.project([lat, lon], home.zoom).subtract(map.project(home.centre, home.zoom)),
      release: () => map.off("zoomend", hold),
    };
  }

  /* A wall's symbols grow with the letters that its farthest seat needs, up to what a map can hold: on the
     small map of one district they would lie on one another. */
  function symbolSize(map, letter, scale) {
    const { x, y } = wholeSize(map),
      most = around(map.getContainer(), "focus", "") ? Math.min(x, y) * SYMBOL_SHARE : Infinity;
    return Math.max(14.5 * scale, Math.min(letter * 0.6, 34 * scale, most));
  }

  /* What pages do with a map, the same object for as long as the map lives: what they chose of it holds
     when it is dressed anew. `filter`: those of the incidents and of the density; `shown`: layers by name;
     `heard`: who wants to know which incident was chosen. */
  function handleOf(map) {
    const handle = {
      map,
      marks: new Map(),
      shown: new Map(),
      heard: [],
      filter: null,
      setLayer(name, on) {
        handle.shown.set(name, on);
        if (name === "incidents") return handle.incidents.setVisible(on);
        if (name === "projects") return ikomek.showProjects?.(map, on); // the duty desk's own
        if (name !== "density") return handle.basemap.setLayer(name, on);
        for (const part of [handle.density, handle.legend])
          if (on) part.addTo(map);
          else part.remove();
      },
      setFilter(filter, history) {
        handle.filter = [filter, history || filter];
        handle.incidents.setFilter(filter);
        handle.density.setFilter(history || filter);
      },
      select(incident) {
        handle.incidents.select(incident);
      },
      onSelect(fn) {
        handle.heard.push(fn);
        handle.incidents.onSelect(fn);
      },
      /* Tiles of a layer have changed. */
      refresh(name) {
        if (name !== "density") handle.basemap.refresh(name);
        else if (handle.density._map) handle.density.refresh();
      },
    };
    return handle;
  }

  /* The parts of a map for the size that it has now. */
  function dress(handle, first) {
    const L = window.L,
      { map } = handle,
      container = map.getContainer();
    const names = new Set(around(container, "layers", DEFAULT).split(/\s+/).filter(Boolean));
    const wish = around(container, "scale", "1"),
      wall = wish === "auto",
      scale = scaleOf(map, wish),
      zoomShift = Math.round(Math.log2(scale));
    const smallest = smallestOf(map, wish, scale);
    const view = wall ? holdView(map, first.centre, first.zoom + zoomShift) : null;
    const bar = scaleBar(L, { imperial: false, maxWidth: 160 * scale, position: "bottomright" }).addTo(map);
    const marks = {
      focus: around(container, "focus", ""),
      cap: Number(around(container, "cap", 0)),
      warn: Number(around(container, "warn", 1)),
      places: around(container, "places", "") !== "none",
    };
    const basemap = ikomek.basemap(
      map,
      [...names].filter((name) => !["incidents", "density"].includes(name)),
      scale,
      smallest,
      marks,
    );
    const incidents = new (ikomek.incidentLayer(L))({
      size: wall ? symbolSize(map, smallest, scale) : 13 * scale,
      zoomShift,
      interactive: !wall,
      thins: wall,
      groupSize: smallest * (wall ? 1.95 : 2.4),
      font: `700 ${wall ? smallest : smallest * 1.2}px "Noto Sans Variable"`,
      taken: () => [...basemap.names(wall), ...ikomek.takenOf(map)],
      ...(wall
        ? {
            room: () => ikomek.takenOf(map),
            flooded: (incident) => ikomek.wall.isFlooded(incident),
          }
        : { painted: () => basemap.giveWay() }),
    });
    const density = new (ikomek.densityLayer(L))({ zoomShift }),
      legend = ikomek.densityLegend(L, density);
    incidents.addTo(map);
    incidents.setVisible(names.has("incidents"));
    Object.assign(handle, {
      incidents,
      density,
      legend,
      basemap,
      scale,
      smallest,
      go: view?.go,
      frame: view?.frame,
      home: view?.home,
      offHome: view?.offHome,
      again: view?.set,
      stands: view?.stands,
      undress() {
        if (view) view.release();
        basemap.remove();
        for (const part of [bar, incidents, density, legend])
          if (part && (part._map || part._container)) part.remove();
      },
    });
    if (names.has("density")) handle.setLayer("density", true);
  }

  /* Another size of the same map: new parts under what was chosen of the old ones. Symbols and lines of a
     desk grow with its letters, and a place keeps the ground that was around it. */
  function dressAgain(handle, first) {
    const before = handle.incidents,
      shift = before.options.zoomShift;
    handle.undress();
    dress(handle, first);
    const { incidents, map } = handle;
    if (typeof before.chosen() === "number") incidents.select(before.chosen());
    for (const fn of handle.heard) incidents.onSelect(fn);
    for (const [name, on] of handle.shown) handle.setLayer(name, on);
    if (handle.filter) handle.setFilter(...handle.filter);
    const closer = incidents.options.zoomShift - shift;
    if (closer && !handle.go) map.setView(map.getCenter(), map.getZoom() + closer, { animate: false });
    publish("ikomek:map-resized", handle);
  }

  const publish = (event, handle) =>
    document.dispatchEvent(new CustomEvent(event, { detail: { id: handle.map.getContainer().id, handle } }));

  /* Dress a map once, and anew when its window takes another size: a kiosk often opens small and then
     fills the screen, a desk's window goes from a laptop to a 4K screen. */
  function keep(map) {
    const container = map.getContainer(),
      id = container.id,
      wish = around(container, "scale", "1");
    const first = { centre: map.getCenter(), zoom: map.getZoom() },
      handle = handleOf(map);
    panes(map);
    ikomek.words.then(() => nameZooms(map));
    dress(handle, first);
    ikomek.maps.set(id, handle);
    publish("ikomek:map", handle);
    keyboard(map, () => handle.incidents);
    const fits = () => {
      const scale = scaleOf(map, wish);
      return (
        Math.abs(scale / handle.scale - 1) < ROUNDED &&
        Math.abs(smallestOf(map, wish, scale) - handle.smallest) < LETTER_PX
      );
    };
    const resize = () => {
      map.invalidateSize({ pan: false, animate: false });
      if (!fits()) {
        dressAgain(handle, first);
        return;
      }
      if (!handle.again) return;
      handle.incidents.options.size = symbolSize(map, handle.smallest, handle.scale);
      handle.again();
    };
    handle.knowsItsSize = () =>
      isHidden(map) || (knowsItsSize(map) && fits() && (!handle.stands || handle.stands()));
    handle.takeSize = () => {
      if (!handle.knowsItsSize()) resize();
    };
    const resized = new ResizeObserver(resize);
    for (const element of [container, container.closest(".wall-stage")])
      if (element) resized.observe(element);
    map.on("unload", () => {
      resized.disconnect();
      handle.undress(); // or what it listens to outside of the map would hold it for ever
      container.querySelector(":scope > .map-unknown")?.remove();
      if (ikomek.maps.get(id) === handle) ikomek.maps.delete(id);
    });
  }

  /* A theme or a language was switched: the same view in other inks or names. */
  new MutationObserver(() => {
    if (!ikomek.symbols) return; // that script is still on its way, and no map is there
    ikomek.symbols.forgetInks();
    for (const { map, basemap, incidents, density } of ikomek.maps.values()) {
      map.fire("move");
      nameZooms(map);
      basemap.restyle();
      incidents.restyle();
      if (density._map) density.redraw();
    }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-lang"] });

  /* The one listener for the layers of all maps. Screens do not all ask in the same moment, and the
     density, which changes with every incident, waits longer. */
  const waiting = new Map();
  function refresh(layer) {
    waiting.delete(layer);
    for (const handle of ikomek.maps.values()) handle.refresh(layer);
  }
  ikomek.live.on(({ type, layer }) => {
    if (type !== "layer" || waiting.has(layer)) return;
    waiting.set(
      layer,
      setTimeout(refresh, layer === "density" ? DENSITY_MS : Math.random() * SPREAD_MS, layer),
    );
  });

  /* The renderer is a script of its own, loaded after this one. */
  function whenRenderer(go) {
    if (window.protomapsL) go();
    else setTimeout(() => whenRenderer(go), 20);
  }

  function hook() {
    if (!document.querySelector('script[src*="/dash_leaflet/"]')) return; // a page without a map
    if (!window.L) {
      setTimeout(hook, 5);
      return;
    }
    window.L.Map.addInitHook(function () {
      if (!String(this.getContainer().id).startsWith("ikomek-map")) return;
      this.attributionControl?.setPrefix(false); // at once: before it is dressed too
      this.whenReady(() =>
        whenRenderer(() => {
          if (this._container) keep(this);
        }),
      );
    });
  }
  hook();
})();
