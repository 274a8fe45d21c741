/* The page /buildings: the candidates of the address on the desk drawn on the map under their keys, the
   keys themselves, decisions sent one by one, a file at once. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MAP = "ikomek-map-buildings",
    PATH = "/buildings",
    ZOOM = 17,
    FIT_PX = 90,
    SENT_MS = 60000;
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const answers = (dash.ikomek = dash.ikomek || {});
  let view = null,
    drawn = null,
    clicked = null,
    busy = false,
    undoable = null,
    making = false;

  const handle = () => ikomek.maps?.get(MAP);
  const ll = (point) => [point[1], point[0]];
  const may = () => byId("buildings") && byId("buildings").dataset.may === "true";

  function go(query) {
    const wanted = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(query))
      if (value == null) wanted.delete(name);
      else wanted.set(name, value);
    const search = wanted.toString();
    history.pushState({}, "", search ? `${PATH}?${search}` : PATH);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  /* ---- the map ---- */

  answers.buildingsShow = function (next) {
    const other = !view || !next || view.building !== next.building;
    view = next;
    clicked = null;
    if (byId("buildings")) {
      byId("buildings-desk").dataset.onDesk = view ? `${view.building}.${view.version}` : "";
      fileField();
      show(other);
      scrollToRow();
      freeKeys();
    }
    return "";
  };

  function show(move) {
    const map = handle();
    if (!map) return;
    if (drawn && drawn.map !== map) drawn = null;
    if (!drawn) dress(map);
    drawn.group.clearLayers();
    if (!view) return;
    const L = window.L;
    if (view.footprint)
      L.geoJSON(view.footprint, { className: "buildings-outline", interactive: false }).addTo(drawn.group);
    view.candidates.forEach((candidate, index) =>
      pin(candidate.point, String(index + 1), "candidate", () => decide(index)),
    );
    if (view.tag) pin(view.tag, "", "tag");
    if (clicked) pin(clicked, "↵", "click", () => setPoint());
    if (move) frame(map);
  }

  function pin(point, text, kind, press) {
    const L = window.L,
      size = 28 * drawn.map.scale;
    const icon = L.divIcon({
      html: ikomek.make("span", "", text),
      className: `buildings-pin buildings-pin-${kind}`,
      iconSize: [size, size],
      iconAnchor: [size / 2, kind === "tag" ? size / 2 : size + 6 * drawn.map.scale],
    });
    const marker = L.marker(ll(point), {
      icon,
      interactive: Boolean(press),
      keyboard: false,
      zIndexOffset: kind === "tag" ? 0 : 500,
    });
    if (press) marker.on("click", press);
    marker.addTo(drawn.group);
  }

  function frame(map) {
    const points = [...view.candidates.map((candidate) => candidate.point), ...(view.tag ? [view.tag] : [])];
    if (!points.length) return;
    const bounds = window.L.latLngBounds(points.map(ll)),
      shift = map.incidents.options.zoomShift || 0,
      pad = FIT_PX * drawn.map.scale;
    map.map.fitBounds(bounds, { maxZoom: ZOOM + shift, padding: [pad, pad], animate: false });
  }

  function dress(map) {
    drawn = { map, group: window.L.layerGroup().addTo(map.map) };
    map.map.on("click", (event) => {
      if (making && may()) {
        making = false;
        makeAt([event.latlng.lng, event.latlng.lat]);
        return;
      }
      if (!view || !may()) return;
      clicked = [event.latlng.lng, event.latlng.lat];
      show(false);
    });
  }

  function scrollToRow() {
    const row = document.querySelector(".buildings-on");
    if (row) row.scrollIntoView({ block: "nearest" });
  }

  /* A link or button that was clicked would keep Enter to itself: the keys belong to the address on the
     desk. */
  function freeKeys() {
    const held = document.activeElement;
    if (held?.closest(".buildings") && /^(A|BUTTON)$/.test(held.tagName)) held.blur();
  }

  /* ---- decisions ---- */

  async function send(path, body, headers) {
    busy = true;
    try {
      return await ikomek.ask(`/api/v1/buildings/${path}`, {
        method: "POST",
        body,
        headers,
        quietMs: SENT_MS,
      });
    } catch (error) {
      announce(
        error.status
          ? error.refusal.message || ikomek.word("error.request.failed")
          : ikomek.word("buildings.away", { part: ikomek.silentPart() }),
        true,
      );
      return null;
    } finally {
      busy = false;
    }
  }

  async function settle(body) {
    if (busy || !view || !may() || isLate()) return;
    const building = view.building,
      following = view.next,
      row = document.querySelector(`#buildings-list li[data-building="${building}"] .buildings-address`);
    const name = row ? row.textContent : "";
    const done = await send(`${building}/decisions`, JSON.stringify({ version: view.version, ...body }), {
      "Content-Type": "application/json",
    });
    if (!done) {
      pulse();
      return;
    }
    undoable = done.event;
    announce(name ? `${name}. ${done.said}` : done.said, false, true);
    // Whoever has gone to another address meanwhile stays there.
    if (view?.building === building && !isLate()) go({ building: following });
    pulse();
  }

  /* The address asks for another building than the one on the desk: its answer is on the way, and no key
     is taken for the old one. */
  const isLate = () => {
    const wantedId = new URLSearchParams(location.search).get("building");
    return wantedId !== null && Number(wantedId) !== view.building;
  };

  const decide = (index) => {
    const candidate = view.candidates[index];
    if (candidate) settle({ action: "set", point: candidate.point, quality: candidate.quality });
  };
  const setPoint = () => clicked && settle({ action: "set", point: clicked, quality: "hand" });

  const makeAt = (point) =>
    ikomek.newAddress(point, byId("buildings"), (made) => {
      announce(made.said);
      go({ building: made.building });
      pulse();
    });

  async function undo() {
    const event = undoable || view?.last;
    if (busy || !event || !may()) return;
    const done = await send(`decisions/${event}/undo`, "", {});
    undoable = null;
    if (done) {
      announce(done.said);
      go({ building: done.building });
    }
    pulse();
  }

  const pulse = () => window.dash_clientside.set_props("buildings-pulse", { data: Date.now() });

  function announce(text, wrong, withUndo) {
    const line = byId("buildings-message");
    if (!line) return;
    line.dataset.wrong = String(Boolean(wrong));
    line.replaceChildren(document.createTextNode(text));
    if (!withUndo) return;
    const button = document.createElement("button");
    button.className = "button";
    button.textContent = ikomek.word("buildings.key.undo");
    button.addEventListener("click", undo);
    line.append(button);
  }

  /* ---- keys, buttons, a file ---- */

  const DO = {
    confirm: () => (clicked ? setPoint() : view?.tag && settle({ action: "confirm" })),
    skip: () => view?.next && !isLate() && go({ building: view.next }),
    undo,
    make: () => {
      making = true;
      announce(ikomek.word("new_address.click"));
    },
  };
  const KEYS = { Enter: "confirm", s: "skip", u: "undo" };

  document.addEventListener("keydown", (event) => {
    const key = byId("buildings") && ikomek.pressed(event);
    if (!key || (key === "Enter" && /^(A|BUTTON|SUMMARY|LABEL)$/.test(event.target.tagName))) return;
    if (key !== "u" && key !== "Escape" && !ikomek.isSeen("buildings-desk")) return;
    if (/^[1-9]$/.test(key)) decide(Number(key) - 1);
    else if (KEYS[key]) DO[KEYS[key]]();
    else if (key === "Escape") {
      clicked = null;
      making = false;
      show(false);
    } else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-candidate], [data-do]");
    if (!button || !byId("buildings")) return;
    if (button.dataset.candidate) decide(Number(button.dataset.candidate) - 1);
    else if (DO[button.dataset.do]) DO[button.dataset.do]();
  });

  function fileField() {
    const label = byId("buildings-load");
    if (!label || label.querySelector("input")) return;
    label.hidden = !may();
    const field = Object.assign(document.createElement("input"), { type: "file", accept: ".csv,.tsv,.txt" });
    field.addEventListener("change", () => {
      if (field.files[0]) load(field.files[0]);
      field.value = "";
    });
    label.append(field);
  }

  async function load(file) {
    announce(ikomek.word("buildings.loading", { file: file.name }));
    const done = await send("tags", file, { "Content-Type": "text/csv" });
    if (!done) {
      pulse();
      return;
    }
    announce(done.said, done.rejects.length > 0);
    const list = document.createElement("ol");
    for (const [row, reason, value] of done.rejects)
      list.append(
        Object.assign(document.createElement("li"), {
          textContent: ikomek.word("buildings.reject", { row, value, reason }),
        }),
      );
    if (done.rejects.length) byId("buildings-message").append(list);
    pulse();
  }

  document.addEventListener("ikomek:map", (event) => {
    if (event.detail.id === MAP) show(true);
  });
  document.addEventListener("ikomek:map-resized", ({ detail }) => {
    if (detail.id === MAP) show(false);
  });
})();
