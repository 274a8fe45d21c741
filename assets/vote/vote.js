/* The page /vote: the address field with its results by keyboard, and the map with the house, the station
   and the precinct. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MAP = "ikomek-map-vote",
    PATH = "/vote",
    ZOOM = 17,
    PAD_PX = 110,
    STEP_MS = 250,
    LATE_MS = 5000;
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const answers = (dash.ikomek = dash.ikomek || {});
  let view = null,
    drawn = null,
    field = null,
    at = -1,
    waitsSince = null;

  answers.voteShow = function (next) {
    view = next;
    if (byId("vote")) {
      makeField();
      wait();
      show();
    }
    return "";
  };

  /* ---- the answer and its question ---- */

  const wantedId = () => new URLSearchParams(location.search).get("building") || "";
  const isAnswered = () => view !== null && view.request === wantedId();

  /* The building in the address is the question. The answer for another one is never shown, nor drawn, nor
     read out. */
  function wait() {
    const page = byId("vote"),
      element = byId("vote-waits");
    if (!page || location.pathname !== PATH) {
      waitsSince = null;
      return;
    }
    const late = !isAnswered();
    if (page.toggleAttribute("data-late", late) !== shownLate) {
      shownLate = late;
      show();
    }
    waitsSince = late ? (waitsSince ?? performance.now()) : null;
    const message = !late
      ? ""
      : performance.now() - waitsSince > LATE_MS
        ? ikomek.word("vote.unanswered", { part: ikomek.silentPart() })
        : ikomek.word("vote.waiting");
    if (element.textContent !== message) element.textContent = message;
  }
  let shownLate = false;

  /* ---- the field ---- */

  function makeField() {
    const container = byId("vote-field");
    if (!container || container.firstChild) return;
    field = ikomek.searchField({
      id: "vote-input",
      type: "search",
      container,
      found: byId("vote-found"),
      store: "vote-query",
      result: ".vote-result",
      choose,
    });
    field.addEventListener("input", () => {
      at = -1;
    });
    field.addEventListener("keydown", keys);
    field.focus();
  }

  function ask(text) {
    at = -1;
    field.ask(text);
  }

  function keys(event) {
    const found = field.results();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!found.length) return;
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      found.forEach((result, index) => result.setAttribute("aria-selected", String(index === at)));
      found[at].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") field.enter(found[Math.max(at, 0)]);
    else if (event.key === "Escape") ask("");
    else return;
    event.preventDefault();
  }

  function choose(result) {
    if (result.dataset.street) {
      field.focus();
      ask(`${result.dataset.street}, `);
      return;
    }
    const address = result.textContent,
      href = result.getAttribute("href");
    ask("");
    field.value = address;
    field.select();
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    wait();
  }

  document.addEventListener("click", (event) => {
    const result = event.target.closest?.("#vote-found .vote-result");
    if (!result || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(result);
  });

  document.addEventListener("keydown", (event) => {
    if (!byId("vote") || event.key !== "/" || /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    byId("vote-input").focus();
    event.preventDefault();
  });

  /* ---- the map ---- */

  function show() {
    const map = ikomek.maps?.get(MAP);
    if (!map) return;
    const L = window.L;
    if (!drawn || drawn.map !== map) drawn = { map, group: L.layerGroup().addTo(map.map) };
    drawn.group.clearLayers();
    if (!isAnswered()) return;
    const ll = (point) => [point[1], point[0]],
      size = 30 * map.scale;
    if (view.outline)
      L.geoJSON(view.outline, {
        interactive: false,
        style: { className: "vote-outline", weight: 3 * map.scale },
      }).addTo(drawn.group);
    if (view.building && view.station)
      L.polyline([ll(view.building), ll(view.station)], {
        className: "vote-way",
        interactive: false,
        weight: 3 * map.scale,
      }).addTo(drawn.group);
    const pin = (point, kind, text) =>
      L.marker(ll(point), {
        interactive: false,
        keyboard: false,
        icon: L.divIcon({
          className: `vote-pin vote-pin-${kind}`,
          html: ikomek.make("span", "", text),
          iconSize: [size, size],
        }),
      }).addTo(drawn.group);
    if (view.building) pin(view.building, "house", "");
    if (view.station) pin(view.station, "station", "✓");
    frame(map, [view.building, view.station].filter(Boolean).map(ll));
  }

  function frame(map, points) {
    const L = window.L,
      pad = PAD_PX * map.scale,
      shift = map.incidents.options.zoomShift || 0;
    const bounds = view.outline ? L.geoJSON(view.outline).getBounds() : L.latLngBounds([]);
    points.forEach((point) => bounds.extend(point));
    if (bounds.isValid())
      map.map.fitBounds(bounds, { maxZoom: ZOOM + shift, padding: [pad, pad], animate: false });
  }

  for (const event of ["ikomek:map", "ikomek:map-resized"])
    document.addEventListener(event, ({ detail }) => {
      if (detail.id === MAP) show();
    });
  setInterval(wait, STEP_MS);
})();
