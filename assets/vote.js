/* The page /vote: the address field with its results by keyboard, and the map with the house, the station and the precinct. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const MAP = "ikomek-map-vote", PATH = "/vote", PAUSE_MS = 180, ZOOM = 17, PAD_PX = 110;
  const byId = (id) => document.getElementById(id);
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const answers = (dash.ikomek = dash.ikomek || {});
  let view = null, drawn = null, asking = 0, at = -1;

  answers.voteShow = function (next) {
    view = next;
    if (byId("vote")) { makeField(); show(); }
    return "";
  };

  /* ---- the field ---- */

  function makeField() {
    const place = byId("vote-field");
    if (!place || place.firstChild) return;
    const field = Object.assign(document.createElement("input"), {
      type: "search", id: "vote-input", placeholder: place.dataset.placeholder, maxLength: Number(place.dataset.longest), autocomplete: "off", spellcheck: false });
    field.setAttribute("aria-label", place.dataset.placeholder);
    field.setAttribute("aria-controls", "vote-found");
    field.addEventListener("input", () => ask(field.value));
    field.addEventListener("keydown", keys);
    place.append(field);
    field.focus();
  }

  function ask(text) {
    at = -1;
    clearTimeout(asking);
    asking = setTimeout(() => window.dash_clientside.set_props("vote-query", { data: text }), PAUSE_MS);
  }

  const results = () => [...document.querySelectorAll("#vote-found .vote-result")];

  function keys(event) {
    const found = results();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!found.length) return;
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      found.forEach((result, index) => result.setAttribute("aria-selected", String(index === at)));
      found[at].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      const result = found[Math.max(at, 0)];
      if (result) choose(result);
    } else if (event.key === "Escape") {
      event.target.value = "";
      ask("");
    } else return;
    event.preventDefault();
  }

  function choose(result) {
    const field = byId("vote-input");
    if (result.dataset.street) {
      field.value = `${result.dataset.street}, `;
      field.focus();
      ask(field.value);
      return;
    }
    field.value = result.textContent;
    window.dash_clientside.set_props("vote-query", { data: "" });
    field.select();
    history.pushState({}, "", result.getAttribute("href"));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  document.addEventListener("click", (event) => {
    const result = event.target.closest && event.target.closest("#vote-found .vote-result");
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
    const map = ikomek.maps && ikomek.maps.get(MAP);
    if (!map) return;
    const L = window.L;
    if (!drawn || drawn.map !== map) drawn = { map, group: L.layerGroup().addTo(map.map) };
    drawn.group.clearLayers();
    if (!view) return;
    const ll = (point) => [point[1], point[0]], size = 30 * map.scale;
    if (view.outline) L.geoJSON(view.outline, { interactive: false, style: { className: "vote-outline", weight: 3 * map.scale } }).addTo(drawn.group);
    if (view.building && view.station) L.polyline([ll(view.building), ll(view.station)], { className: "vote-way", interactive: false, weight: 3 * map.scale }).addTo(drawn.group);
    const pin = (point, kind, text) => L.marker(ll(point), {
      interactive: false, keyboard: false, icon: L.divIcon({ className: `vote-pin vote-pin-${kind}`, html: `<span>${text}</span>`, iconSize: [size, size] }) }).addTo(drawn.group);
    if (view.building) pin(view.building, "house", "");
    if (view.station) pin(view.station, "station", "✓");
    frame(map, [view.building, view.station].filter(Boolean).map(ll));
  }

  function frame(map, points) {
    const L = window.L, pad = PAD_PX * map.scale, shift = map.incidents.options.zoomShift || 0;
    const bounds = view.outline ? L.geoJSON(view.outline).getBounds() : L.latLngBounds([]);
    points.forEach((point) => bounds.extend(point));
    if (bounds.isValid()) map.map.fitBounds(bounds, { maxZoom: ZOOM + shift, padding: [pad, pad], animate: false });
  }

  document.addEventListener("ikomek:map", (event) => { if (event.detail.id === MAP) { drawn = null; show(); } });
})();
