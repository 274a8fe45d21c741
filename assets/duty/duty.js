/* The duty officer's map, what a browser does of it: the link between list and map, what is clicked and
   typed, search results, layers.

   Counts and list stay as they were read (`duty-view` says when and of what). The view never moves but by a
   person's choice. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MAP = "ikomek-map-duty",
    TICK_MS = 1000,
    FLY_ZOOM = 16,
    LOCATION_ZOOM = 15,
    LATE_MS = 5000,
    POINTS = new Set(["landmark", "crossing", "coordinates"]), // results that are a place and no more
    RETRY_MS = [2000, 5000];
  const { PATH, BESIDE, asks, go, narrowed, withEvent, withIncident } = ikomek.dutyAddress;
  const set = (id, data) => window.dash_clientside.set_props(id, { data });
  let view = null,
    chosen = null,
    points = null,
    pointsAt = null, // the past moment of those that are drawn, epoch seconds; null = now
    pointsKnown = null, // {placed, unplaced} of those that are drawn where it is not the live set
    dressed = null,
    ring = null,
    openLocation = null,
    questions = 0,
    zoomShift = 0,
    cardMoment = "[null,null]", // what the card was last read for
    added = null; // {asked, before, name}: what a search added to the filters, while nothing else is asked

  const same = (a, b) => new URLSearchParams(a).toString() === new URLSearchParams(b).toString();

  /* What the address asks of the list, and which card: a change of the card alone does not read the list
     again. */
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const answers = (dash.ikomek = dash.ikomek || {});

  answers.dutyAddress = function (search, current, incident) {
    const still = window.dash_clientside.no_update;
    if (location.pathname !== PATH) return [still, still];
    const query = new URLSearchParams(search || ""),
      event = Number(query.get("event")) || null,
      id = Number(query.get("incident")) || (event && `m${event}`);
    for (const name of BESIDE) query.delete(name);
    ikomek.dutyMachine.draw();
    const asksOther = !same(query.toString(), current || ""),
      opensOther = id !== (incident || null);
    if (asksOther || opensOther) askLocation(null);
    if (asksOther) showEarlierAnswer();
    return [asksOther ? query.toString() : still, opensOther ? id : still];
  };

  /* What stands there answers another question from now on, and says so once that has lasted a moment. */
  function showEarlierAnswer() {
    showNews();
    setTimeout(() => {
      showNews();
      showInView();
    }, ikomek.dutyNews.SHOWN_MS);
  }

  /* What is at a place, {building} or {lon, lat}: its card carries the number of the question. The filters,
     a search, an incident are other questions: null closes it. */
  function askLocation(wanted) {
    if (wanted === null && openLocation === null) return;
    openLocation = wanted && { ...wanted, question: (questions += 1) };
    set("duty-location", openLocation);
    showLocation();
  }
  function showLocation() {
    const close = byId("duty-location-close"),
      shown = close ? close.dataset.question : "";
    byId("duty")?.toggleAttribute("data-location-late", shown !== String(openLocation?.question ?? ""));
  }

  /* ---- list and map ---- */

  const handle = () => ikomek.maps?.get(MAP);

  answers.dutyShow = function (next, incident) {
    const list = next !== view;
    view = next && Number.isFinite(next.read_at) ? next : null;
    chosen = incident || null;
    if (list) ikomek.dutyNews.forget();
    ikomek.dutyMachine.show(view);
    const moment = JSON.stringify([view?.query.moment, view?.query.known]);
    if (list && moment !== cardMoment && chosen != null) set("duty-card-pulse", Date.now());
    cardMoment = moment;
    const page = byId("duty");
    if (page) page.dataset.card = String(chosen != null);
    show(list);
    return "";
  };

  function show(list) {
    if (!byId("duty")) return;
    makeSearch();
    showAdded();
    ikomek.dutyDates(ikomek.dutyAddress.askDates);
    ikomek.dutyTick();
    showNews();
    const map = handle();
    if (!map || !view) return;
    if (dressed !== map) dress(map);
    if (list || dressed.fresh) drawSelection(map);
    dressed.fresh = false;
    map.select(chosenIncident());
    points.select(chosenIncident());
    markPoint(map, chosenPoint());
    ikomek.dutyArea.follow(map);
    ikomek.dutyArea.draw(map, view.query.area, view.query.building);
  }

  /* The live set shows what is open; a past window, one building and the like are drawn from the rows
     themselves. */
  const isLive = () =>
    view.window === "live" &&
    !view.query.building &&
    !view.query.mass &&
    !view.query.area?.startsWith("street,") &&
    view.query.point !== "none" &&
    !view.query.moment;

  const liveFilter = () => {
    const split = (name) => (view.query[name] ? view.query[name].split(",") : null);
    return {
      kind: split("kind"),
      category: split("category"),
      status: split("status"),
      priority: split("priority"),
      district: ikomek.dutyArea.districts(view.query.area, split("district")),
      performer: split("performer"),
      channel: split("channel"),
      overdue: view.query.overdue === "yes",
      from: Number(view.query.since) || null,
    };
  };

  function dress(map) {
    dressed = map;
    map.fresh = true;
    const shift = map.incidents.options.zoomShift;
    if (shift) map.map.setView(map.map.getCenter(), map.map.getZoom() + shift, { animate: false });
    ikomek.dutyView.keep(map, shift);
    fit(map);
    const foot = document.querySelector(".duty-map-foot"); // the legend of the density stands above it
    new ResizeObserver(() =>
      foot.parentElement.style.setProperty("--foot", `${foot.offsetHeight}px`),
    ).observe(foot);
    map.onSelect((id) => {
      if (id != null && id !== chosen && !holds()) go(withIncident(id));
    });
    map.map.on("click", (event) => clicked(map, event));
    map.map.on("moveend", showInView);
    map.map.getContainer().addEventListener("keydown", (event) => groupKey(map, event));
    for (const [name, on] of Object.entries(layersKept())) map.setLayer(name, on);
    showLayers();
  }

  /* What of the page's own depends on the size of the map. */
  function fit(map) {
    const Layer = ikomek.incidentLayer(window.L),
      known = points?._map === map.map ? points.options.source : new Map();
    zoomShift = map.incidents.options.zoomShift;
    if (points?._map === map.map) points.remove();
    points = new Layer({
      size: 13 * map.scale,
      zoomShift,
      interactive: false,
      source: known,
      now: () => pointsAt,
    });
    points.addTo(map.map);
    map.incidents.options.flooded = (incident) => isLive() && ikomek.dutyFloods.flooded(incident);
  }

  function drawSelection(map) {
    const live = isLive(),
      on = layersKept();
    map.setLayer("incidents", live && on.incidents);
    map.setFilter(liveFilter(), view.density);
    pointsKnown = view.query.point === "none" ? { placed: [], unplaced: view.total } : null;
    pointsOf.forget();
    clearTimeout(pointsLate);
    points.options.source.clear();
    points.setVisible(!live && on.incidents);
    ikomek.markMap(map, "points", "");
    showMany(map, false, Boolean(view.query.moment));
    if (live || view.query.point === "none") return;
    pointsLate = setTimeout(() => pointsUnknown(map), LATE_MS);
    askPoints(map, 0);
  }

  const pointsOf = ikomek.latest();
  let pointsLate = null;

  /* The points of the list's own question; asked again until they come. */
  function askPoints(map, tries) {
    const query = new URLSearchParams(view.query);
    pointsOf.ask(
      (signal) => ikomek.ask(`/layers/points/incidents.json?${query}`, { signal }),
      (answer) => {
        if (!ikomek.dutyMachine.playing()) ikomek.dutyTake(answer);
      },
      () => {
        pointsUnknown(map);
        pointsLate = setTimeout(
          () => askPoints(map, tries + 1),
          RETRY_MS[Math.min(tries, RETRY_MS.length - 1)],
        );
      },
    );
  }
  /* Those of the filter, or of the moment to which the time machine has come. */
  ikomek.dutyTake = function ({ points: found, total, unplaced, at }) {
    const map = handle(),
      past = ikomek.dutyMachine.past();
    if (!map || !points) return;
    clearTimeout(pointsLate);
    ikomek.markMap(map, "points", "");
    map.setLayer("incidents", false);
    points.setVisible(layersKept().incidents);
    points.options.source.clear();
    for (const incident of found || []) points.options.source.set(incident.id, incident);
    pointsAt = past ? at : null;
    points.redraw();
    pointsKnown = { placed: found?.map(({ point }) => point) ?? null, unplaced };
    showMany(map, found === null, past, total ?? view.total);
    showInView();
  };
  function pointsUnknown(map) {
    clearTimeout(pointsLate);
    if (layersKept().incidents) ikomek.markMap(map, "points", ikomek.word("duty.points.unknown"));
  }

  /* Too many to draw one by one: their density stands for them, but not that of today for a past moment. */
  function showMany(map, many, past, total) {
    map.setLayer("density", !past && (layersKept().density || many));
    const note = past ? "duty.machine.too_many" : "duty.too_many";
    byId("duty-map-note").textContent = many ? ikomek.word(note, { n: total }) : "";
  }

  function showInView() {
    const map = handle();
    if (!map || !view || dressed !== map) return;
    const live = isLive(),
      known = live ? ikomek.dutyInView.ofLive(view, liveFilter()) : pointsKnown,
      asks = !view.query.area && !view.query.building && !view.query.moment,
      since = live && ikomek.dutyNews.isBehind() ? ikomek.nowSeconds() : null;
    ikomek.dutyInView.show(map, known, { asks, since, waits: ikomek.dutyNews.isLate() });
  }

  /* Names the late feeds of the map: a hatch alone does not say whose data is old. */
  function showLate() {
    const now = ikomek.nowSeconds(),
      late = [...ikomek.feeds.values()].filter(
        (feed) => feed.layer === "incidents" && feed.polled_at != null && ikomek.feedIsStale(feed, now),
      );
    const names = late.map(({ key }) => {
      const known = ikomek.word(`wall.feed.${key}`);
      return known === `wall.feed.${key}` ? key : known;
    });
    const shown = names.length && !ikomek.dutyMachine.past();
    ikomek.put(byId("duty-late"), shown ? ikomek.word("duty.late", { names: names.join(", ") }) : "");
  }

  /* A tool is in the hand: what is clicked is a place, and no incident. */
  const holds = () => byId("duty").matches("[data-drawing], [data-picking]");

  const openCard = (id) => go(withIncident(id));
  function groupKey(map, event) {
    const mass = event.key === "Enter" && event.target === map.map.getContainer() && map.incidents.massAt();
    if (mass) {
      go(withEvent(mass));
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const group = event.key === "Enter" && event.target === map.map.getContainer() && map.incidents.groupAt();
    if (group) ikomek.dutyFloods.open(map, group, openCard);
    else if (event.key !== "Escape" || !ikomek.dutyFloods.back(map.map)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  function clicked(map, event) {
    if (ikomek.dutyCreate.took(event.latlng) || ikomek.dutyArea.took(event.latlng)) {
      map.select(chosenIncident());
      return;
    }
    const layer = map.incidents._hidden ? points : map.incidents,
      mass = layer.massAt(event.containerPoint);
    if (mass != null) {
      go(withEvent(mass));
      return;
    }
    const group = map.incidents._hidden ? null : map.incidents.groupAt(event.containerPoint);
    if (group) {
      ikomek.dutyFloods.open(map, group, openCard);
      return;
    }
    const id = map.incidents._hidden
      ? points.hit(event.containerPoint)
      : map.incidents.hit(event.containerPoint);
    if (id != null) {
      go(withIncident(id));
      return;
    }
    map.select(chosenIncident());
    const on = layersKept();
    if ((on.buildings && map.map.getZoom() >= LOCATION_ZOOM + zoomShift) || on.precincts)
      askLocation({ lon: event.latlng.lng, lat: event.latlng.lat });
  }

  /* The chosen incident; none where a mass event is chosen. */
  const chosenIncident = () => (typeof chosen === "number" ? chosen : null);

  function chosenPoint() {
    if (chosen !== null && chosenIncident() === null) return null;
    const row = chosen == null ? null : document.querySelector(`#duty-rows li[data-incident="${chosen}"]`);
    const live = view.query.moment ? null : ikomek.live.incidents.get(chosen);
    if (live) return live.point;
    return row?.dataset.point ? row.dataset.point.split(",").map(Number) : null;
  }

  /* A ring where a chosen incident or place is, so that it is seen whatever layers are on. [lon, lat] or
     null. */
  function markPoint(map, point) {
    if (ring) ring.remove();
    ring = null;
    if (!point) return;
    ring = window.L.marker([point[1], point[0]], {
      icon: window.L.divIcon({ className: "duty-mark", iconSize: [34 * map.scale, 34 * map.scale] }),
      interactive: false,
      keyboard: false,
    });
    ring.addTo(map.map);
  }

  function fly(point, always) {
    const map = handle();
    if (!map || !point) return;
    const spot = [point[1], point[0]];
    markPoint(map, point);
    if (!always && map.map.getBounds().pad(-0.08).contains(spot)) return;
    const zoom = always ? Math.max(map.map.getZoom(), FLY_ZOOM + zoomShift) : map.map.getZoom();
    map.map.setView(spot, zoom, { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  }

  /* ---- what is new (duty/news.js) ---- */

  const showNews = () => ikomek.dutyNews.show(view, chosen);

  function heard(message) {
    if (!byId("duty") || !view || view.query.moment) return;
    if (message.type === "reset" && (message.layer === "incidents" || message.layer === "all"))
      ikomek.dutyNews.readAnew();
    if (message.type === "change" && message.noun === "incident") {
      ikomek.dutyNews.note(message, view, liveFilter());
      ikomek.dutyMass.heard(message, chosen);
      if (message.id === chosen) set("duty-card-pulse", Date.now());
    }
    showNews();
  }

  /* ---- layers ---- */

  const layersKept = () => ikomek.dutyView.layers();

  function toggleLayer(name) {
    const on = ikomek.dutyView.toggle(name);
    showLayers();
    const map = handle();
    if (!map) return;
    if (name === "incidents" || name === "density") drawSelection(map);
    else map.setLayer(name, on);
  }

  function showLayers() {
    const on = layersKept();
    for (const element of document.querySelectorAll(".duty-layer"))
      element.setAttribute("aria-pressed", String(on[element.dataset.layer]));
  }

  /* ---- what is clicked and typed ---- */

  function chooseResult(result) {
    byId("duty-searching").dataset.open = "false";
    const { type, id, fly: point } = result.dataset;
    if (type === "incident") go(withIncident(id));
    else if (result.dataset.facet) addToFilter(result);
    askLocation(locationOf(result));
    if (point) {
      showPane("map");
      fly(point.split(",").map(Number), !result.dataset.facet);
    }
  }

  /* The question of its card: a building, or a point and what is around it. */
  function locationOf(result) {
    const { type, id, fly: point } = result.dataset;
    if (type === "building") return { building: Number(id) };
    if (!point || !POINTS.has(type)) return null;
    const [lon, lat] = point.split(",").map(Number);
    return { lon, lat, name: result.querySelector(".duty-title").textContent };
  }

  /* What was searched for is added to the filters; it is said, and taken back by one press or by the
     browser's way back. */
  function addToFilter(result) {
    const { facet, values } = result.dataset,
      before = location.pathname + location.search,
      wanted = narrowed(facet, values);
    if (asks(new URL(wanted, location.href).search) === asks(location.search)) return;
    go(wanted);
    added = { request: asks(location.search), before, name: result.querySelector(".duty-title").textContent };
    showAdded();
  }
  function showAdded() {
    const element = byId("duty-added");
    if (added && asks(location.search) !== added.request) added = null;
    if (!element || (added?.request || "") === (element.dataset.request || "")) return;
    element.dataset.request = added?.request || "";
    element.replaceChildren();
    if (!added) return;
    const { before, name } = added;
    element.append(
      ikomek.word("duty.search.added", { name }),
      ikomek.node("button", {
        id: "duty-added-undo",
        class: "duty-chip",
        type: "button",
        text: ikomek.word("duty.undo"),
        click: () => go(before),
      }),
    );
  }

  function showPane(pane) {
    const page = byId("duty");
    page.dataset.pane = pane;
    for (const tab of page.querySelectorAll(".duty-tab"))
      tab.setAttribute("aria-pressed", String(tab.dataset.pane === pane));
  }

  const ACTIONS = [
    [".duty-result", (element) => chooseResult(element)],
    [".duty-layer", (element) => toggleLayer(element.dataset.layer)],
    [".duty-tab", (element) => showPane(element.dataset.pane)],
    ["#duty-card-close", () => closeCard()],
    ["#duty-location-close", () => askLocation(null)],
    ["[data-building]", (element) => askLocation({ building: Number(element.dataset.building) })],
    [
      "button[data-fly]",
      (element) => {
        showPane("map");
        fly(element.dataset.fly.split(",").map(Number), true);
      },
    ],
    ["a[href]", (element) => follows(element)],
  ];

  function closeCard() {
    const row = document.querySelector(rowOf(chosen));
    go(withIncident(null));
    if (row) row.focus({ preventScroll: false });
  }

  const rowOf = (card) =>
    typeof card === "string"
      ? `#duty-rows li[data-mass="${card.slice(1)}"] a`
      : `#duty-rows li[data-incident="${card}"] a`;

  /* A row of the list: the card, and the map goes there if it is out of sight. Its own place in the
     address as it is now. */
  function follows(link) {
    const row = link.closest("#duty-rows li, .duty-others li");
    if (!row) {
      go(
        link.closest("#duty-filters") && view
          ? ikomek.dutyAddress.refined(link, view.request)
          : link.getAttribute("href"),
      );
      return;
    }
    if (row.dataset.flood) go(link.getAttribute("href"));
    else if (row.dataset.mass) go(withEvent(row.dataset.mass));
    else if (row.closest(".duty-others")) go(link.getAttribute("href"));
    else go(withIncident(row.dataset.incident));
    if (row.dataset.point) fly(row.dataset.point.split(",").map(Number), false);
  }

  /* A file has the rows of now: the list is read again with it. */
  document.addEventListener("click", (event) => {
    if (event.target.closest("#duty-export a")) ikomek.dutyNews.take();
  });

  document.addEventListener("click", (event) => {
    const page = byId("duty");
    if (!page || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!event.target.closest("#duty-searching")) byId("duty-searching").dataset.open = "false";
    const found = ACTIONS.map(([selector, act]) => [event.target.closest(selector), act]).find(
      ([element]) => element && page.contains(element),
    );
    if (!found || (found[0].matches("a") && !found[0].getAttribute("href").startsWith(PATH))) return;
    event.preventDefault();
    found[1](found[0]);
  });

  function step(event, selector) {
    const links = [...document.querySelectorAll(selector)],
      at = links.indexOf(document.activeElement);
    const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (at < 0 && event.key === "ArrowUp") return false;
    if (next) next.focus();
    event.preventDefault();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const page = byId("duty");
    if (!page) return;
    const typing = event.target.matches("input, textarea, select"),
      arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (event.key === "/" && !typing && !ikomek.lettersOff()) {
      byId("duty-search").focus();
      event.preventDefault();
    } else if (event.key === "Escape") leave();
    else if (arrow && event.target.closest("#duty-searching")) step(event, ".duty-result");
    else if (arrow && event.target.closest("#duty-rows")) step(event, "#duty-rows .duty-row");
    else if (event.key === "Enter" && event.target.id === "duty-search")
      event.target.enter(event.target.results()[0]);
  });

  function makeSearch() {
    const container = byId("duty-search-slot");
    if (!container || container.firstChild) return;
    const field = ikomek.searchField({
      id: "duty-search",
      type: "text",
      container,
      found: byId("duty-found"),
      store: "duty-query",
      result: ".duty-result",
      choose: chooseResult,
    });
    field.addEventListener("input", () => {
      byId("duty-searching").dataset.open = "true";
      askLocation(null);
    });
    new MutationObserver(showLocation).observe(byId("duty-location-card"), { childList: true });
  }

  function leave() {
    const searching = byId("duty-searching");
    if (searching.dataset.open === "true") {
      searching.dataset.open = "false";
      return;
    }
    if (openLocation !== null) askLocation(null);
    else if (chosen != null) closeCard();
  }

  document.addEventListener("focusin", (event) => {
    if (event.target.id === "duty-search") byId("duty-searching").dataset.open = "true";
  });
  document.addEventListener("ikomek:map", (event) => {
    if (event.detail.id === MAP) show(true);
  });
  document.addEventListener("ikomek:map-resized", ({ detail }) => {
    if (detail.handle !== dressed) return;
    ikomek.dutyView.keep(detail.handle, detail.handle.incidents.options.zoomShift);
    fit(detail.handle);
    points.setVisible(!isLive() && layersKept().incidents);
    show(false);
  });

  document.addEventListener("DOMContentLoaded", () => {
    ikomek.words.then(() => {
      ikomek.live.on(heard);
      show(false);
      setInterval(() => {
        if (byId("duty")) {
          ikomek.dutyTick();
          ikomek.dutyMachine.draw();
          showNews();
          showLate();
          if (dressed && view && isLive()) ikomek.dutyFloods.ask(dressed);
          ikomek.dutyMass.tick();
          showInView();
        }
      }, TICK_MS);
    });
  });
})();
