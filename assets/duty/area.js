/* A question drawn on the map: a lasso, a rectangle or a circle, or the house, precinct or district that is
   clicked (duty/borders.js). Corners are set by clicks, or by Enter in the middle of the map; Backspace takes
   the last one back, Escape lets go. What was drawn stands in the address (`area`), and the page answers it;
   here it is shown, and changed by its handles (duty/handles.js). */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MAP = "ikomek-map-duty",
    DIGITS = 5,
    RADIUS_M = 500,
    CORNERS = 120,
    SIDES = 96,
    NEAR_PX = 14,
    STEP_PX = 8,
    CLICK_MS = 400,
    METRES_PER_DEGREE = 111320;
  const WORLD = [
    [-85, -540],
    [-85, 540],
    [85, 540],
    [85, -540],
  ];
  const page = () => byId("duty");
  let tool = null,
    problem = null, // why the last place was none: the word of its hint
    corners = [], // [lat, lng], of what is being drawn
    draft = null,
    traced = null, // of a line that is drawn by dragging: {from: its first place in pixels, at: its last}
    tracedAt = -Infinity, // when the last was let go, ms of the page: its click is no corner
    shown = null,
    shownOf = "";

  /* ---- draw ---- */

  function start(wanted) {
    const map = ikomek.maps?.get(MAP);
    if (!map) return;
    const again = tool === wanted;
    stop();
    if (again) return;
    ikomek.dutyCreate.stop();
    tool = wanted;
    page().dataset.pane = "map";
    page().dataset.drawing = tool;
    draft = window.L.layerGroup().addTo(map.map);
    if (tool === "lasso") map.map.dragging.disable();
    showHint();
    map.map.getContainer().focus();
  }

  function stop() {
    if (tool === "lasso") ikomek.maps?.get(MAP)?.map.dragging.enable();
    tool = problem = traced = null;
    corners = [];
    draft?.remove();
    draft = null;
    page()?.removeAttribute("data-drawing");
    showHint();
  }

  function showHint() {
    const note = byId("duty-area-hint");
    if (!note) return;
    note.hidden = !tool;
    for (const hint of note.querySelectorAll("[data-hint]"))
      hint.hidden = hint.dataset.hint !== (problem || tool);
    byId("duty-area-done").hidden = tool !== "lasso" || corners.length < 3;
    for (const button of document.querySelectorAll(".duty-tool"))
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  }

  /* Whether the click on the map, or Enter in its middle, was for what is being drawn. */
  function took({ lat, lng }) {
    if (performance.now() - tracedAt < CLICK_MS) return true;
    if (!tool) return false;
    if (ikomek.dutyBorders.has(tool)) {
      askAt({ lat, lng });
      return true;
    }
    if (tool === "lasso" && closes([lat, lng])) {
      finish();
      return true;
    }
    if (corners.length < CORNERS) corners.push([lat, lng]);
    if (tool === "circle" || (tool === "box" && corners.length === 2)) finish();
    else showDraft();
    return true;
  }

  /* The tool stays in the hand until something was there. */
  function askAt(point) {
    const shape = tool,
      explain = (word) => {
        if (tool !== shape) return;
        problem = word;
        showHint();
      };
    ikomek.dutyBorders.at(
      shape,
      point,
      ({ area, building }) => {
        if (tool !== shape) return;
        if (!area && !building) {
          explain("none");
          return;
        }
        stop();
        ask(area, building);
      },
      () => explain("unanswered"),
    );
  }

  /* One of the two: what was asked of before is another question. */
  function ask(area, building) {
    const query = new URLSearchParams(location.search);
    for (const name of ["page", "incident", "event", "area", "building"]) query.delete(name);
    if (area) query.set("area", area);
    else query.set("building", building);
    ikomek.dutyAddress.go(`${location.pathname}?${query}`.replace(/%2C/g, ","));
  }

  /* A click on the first corner or again on the last one. */
  function closes(point) {
    const { map } = ikomek.maps.get(MAP),
      at = map.latLngToContainerPoint(point);
    const near = (corner) => corner && at.distanceTo(map.latLngToContainerPoint(corner)) < NEAR_PX;
    return corners.length >= 3 && (near(corners[0]) || near(corners.at(-1)));
  }

  function back() {
    corners.pop();
    showDraft();
  }

  function showDraft(pointer) {
    const L = window.L,
      line = pointer ? [...corners, pointer] : corners,
      style = { className: "duty-area-line", interactive: false };
    draft.clearLayers();
    if (tool === "box" && line.length === 2) L.rectangle(line, style).addTo(draft);
    else if (tool === "lasso") L.polyline(line, style).addTo(draft);
    for (const corner of corners)
      L.circleMarker(corner, { radius: 6, className: "duty-area-corner", interactive: false }).addTo(draft);
    showHint();
  }

  function finish() {
    const area = written(tool, corners);
    stop();
    if (area) ask(area);
  }

  const fixed = (number) => String(Number(number.toFixed(DIGITS)));
  const lonLat = (points) => points.flatMap(([lat, lng]) => [fixed(lng), fixed(lat)]);

  /* As the address says it; null for what is none. */
  function written(shape, points, metres = RADIUS_M) {
    if (shape === "circle") return ["circle", ...lonLat(points), metres].join(",");
    if (shape === "lasso") return points.length < 3 ? null : ["lasso", ...lonLat(points)].join(",");
    const [[a, b], [c, d]] = points;
    if (fixed(a) === fixed(c) || fixed(b) === fixed(d)) return null;
    const ends = [
      [Math.min(a, c), Math.min(b, d)],
      [Math.max(a, c), Math.max(b, d)],
    ];
    return ["box", ...lonLat(ends)].join(",");
  }

  /* ---- show ---- */

  /* Whether its outline stands in the address: a precinct and a street are known to the server. */
  const isDrawn = (area) => /^(circle|box|lasso),/.test(area || "");

  /* {shape, points: [[lat, lng], ...], metres} of what an address says; null for nothing. */
  function read(area) {
    if (!isDrawn(area)) return null;
    const [shape, ...parts] = area.split(","),
      numbers = parts.map(Number),
      metres = shape === "circle" ? numbers.pop() : 0,
      points = [];
    for (let i = 0; i < numbers.length; i += 2) points.push([numbers[i + 1], numbers[i]]);
    return { shape, points, metres };
  }

  /* Its outline as [lat, lng]. */
  function ringOf({ shape, points, metres }) {
    if (shape === "lasso") return points;
    if (shape === "box") {
      const [[south, west], [north, east]] = points;
      return [
        [south, west],
        [south, east],
        [north, east],
        [north, west],
      ];
    }
    const [[lat, lng]] = points,
      up = metres / METRES_PER_DEGREE,
      across = up / Math.cos((lat * Math.PI) / 180);
    return Array.from({ length: SIDES }, (_, i) => {
      const turn = (i / SIDES) * 2 * Math.PI;
      return [lat + up * Math.sin(turn), lng + across * Math.cos(turn)];
    });
  }

  const keyOf = (area, building) => `${area || ""}|${building || ""}`;

  /* The area or the building of the list that is shown. */
  function draw(map, area, building) {
    const key = keyOf(area, building);
    if (shown?.map === map && shownOf === key) return;
    shown?.layer.remove();
    shown = { map, layer: window.L.featureGroup().addTo(map.map) };
    shownOf = key;
    ikomek.dutyBorders.forget();
    ikomek.markMap(map, "border", "");
    const drawn = read(area);
    if (drawn) {
      const frame = surround(map, [ringOf(drawn)], true);
      ikomek.dutyHandles(shown.layer, drawn, (points, done) => change(frame, { ...drawn, points }, done));
    } else if (area || building) outline(map, area, building);
  }

  function outline(map, area, building) {
    const of = shown;
    ikomek.dutyBorders.outline(
      area,
      building,
      (rings) => {
        if (shown === of && rings.length) surround(map, rings, Boolean(area));
      },
      () => {
        if (shown === of) ikomek.markMap(map, "border", ikomek.word("duty.area.unknown"));
      },
    );
  }

  /* The line, and the map darker round it; moved into sight. */
  function surround({ map }, rings, darker) {
    const style = (name) => ({ className: name, interactive: false }),
      mask = window.L.polygon(darker ? [WORLD, ...rings] : [], style("duty-area-mask")),
      line = window.L.polygon(rings, style("duty-area-line"));
    shown.layer.addLayer(mask).addLayer(line);
    if (!map.getBounds().contains(line.getBounds())) map.fitBounds(line.getBounds().pad(0.15));
    return { mask, line };
  }

  /* What a handle makes of it: seen while it is dragged, asked when it is let go. */
  function change({ mask, line }, drawn, done) {
    const ring = ringOf(drawn);
    mask.setLatLngs([WORLD, ring]);
    line.setLatLngs([ring]);
    if (!done) return;
    const area = written(drawn.shape, drawn.points, drawn.metres);
    shownOf = area && keyOf(area); // as it is drawn already; what is none is drawn anew as it was
    if (area) ask(area);
  }

  /* Does the area hold a point, [lon, lat]? */
  function holds(area, point) {
    if (!point) return false;
    const drawn = read(area),
      [lng, lat] = point;
    if (drawn.shape === "circle") {
      const [[y, x]] = drawn.points,
        up = (lat - y) * METRES_PER_DEGREE,
        across = (lng - x) * METRES_PER_DEGREE * Math.cos((y * Math.PI) / 180);
      return Math.hypot(up, across) <= drawn.metres;
    }
    let inside = false;
    const ring = ringOf(drawn);
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [ay, ax] = ring[i],
        [by, bx] = ring[j];
      if (ay > lat !== by > lat && lng < ((bx - ax) * (lat - ay)) / (by - ay) + ax) inside = !inside;
    }
    return inside;
  }

  /* ---- pointer and keys ---- */

  let followed = null;

  function follow(map) {
    if (followed === map) return;
    followed = map;
    const container = map.map.getContainer();
    container.addEventListener("pointerdown", (event) => {
      if (tool !== "lasso" || event.button || event.target.closest("button, a")) return;
      traced = { from: [event.clientX, event.clientY], at: null };
    });
    container.addEventListener("pointermove", (event) => traced && trace(map.map, event));
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, letGo);
    map.map.on("mousemove", ({ latlng }) => {
      if (tool && tool !== "circle" && corners.length) showDraft([latlng.lat, latlng.lng]);
    });
  }

  /* A line drawn by dragging has a corner every few pixels; of a long one every second is left. */
  function trace(map, event) {
    const here = [event.clientX, event.clientY],
      last = traced.at || traced.from;
    if (Math.hypot(here[0] - last[0], here[1] - last[1]) < STEP_PX) return;
    const point = ([clientX, clientY]) => {
      const { lat, lng } = map.mouseEventToLatLng({ clientX, clientY });
      return [lat, lng];
    };
    if (!traced.at) corners = [point(traced.from)];
    traced.at = here;
    corners.push(point(here));
    if (corners.length >= CORNERS) corners = corners.filter((_, nth) => nth % 2 === 0);
    showDraft();
  }

  function letGo() {
    const drawn = traced?.at;
    traced = null;
    if (!drawn) return;
    tracedAt = performance.now();
    if (corners.length >= 3) finish();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".duty-tool");
    if (button) start(button.dataset.tool);
    else if (event.target.closest?.("#duty-area-done")) finish();
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (!page() || document.querySelector("dialog[open]")) return;
      if (tool ? drawingKey(event) : toolKey(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    },
    true,
  );

  function drawingKey(event) {
    if (event.key === "Escape") stop();
    else if (event.key === "Backspace" && corners.length) back();
    else if (event.key === "Enter" && !event.target.closest("button, a, input"))
      took(ikomek.maps.get(MAP).map.getCenter());
    else return toolKey(event);
    return true;
  }

  function toolKey(event) {
    if (!ikomek.pressed(event)) return false;
    const button = document.querySelector(`.duty-tool[data-code="${event.code}"]`);
    if (button) start(button.dataset.tool);
    return Boolean(button);
  }

  /* The districts of the live set where one is asked of beside `chosen`, a list of ids or null; a list that
     none is in where both have nothing in common. */
  function districts(area, chosen) {
    const [, one] = /^district,(\d+)$/.exec(area || "") || [];
    if (!one) return chosen;
    return !chosen || chosen.includes(one) ? [one] : ["none"];
  }

  ikomek.dutyArea = { took, stop, draw, follow, isDrawn, holds, districts };
})();
