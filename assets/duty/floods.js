/* A flood on the duty officer's map stands in groups, as on the wall. A group opens by a click, or by Enter
   when N or P has chosen it: the map comes close enough to tell apart what it holds; where that is one
   place, or as close as it gets, it is listed there. Esc goes back. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const EVERY_MS = 10000,
    CLOSEST = 18,
    MARGIN = 0.15,
    LISTED = 100;
  let newest = null,
    requestedAt = -Infinity,
    before = null;
  const request = ikomek.latest();

  /* Asked for while the map shows what is live, `map` being its handle. An answer that fails leaves the
     symbols one by one, as they are without a flood. */
  function ask(map) {
    if (performance.now() - requestedAt < EVERY_MS) return;
    requestedAt = performance.now();
    request.ask(
      (signal) => ikomek.ask("/layers/floods.json", { signal }),
      ({ moments }) => {
        newest = moments[moments.length - 1];
        showSign(map);
        map.incidents.redraw();
      },
      () => {
        newest = null;
        showSign(map);
        map.incidents.redraw();
      },
    );
  }
  /* One line over the map for all of it: what, how much, how much is usual, in how many groups. */
  function showSign({ incidents }) {
    const element = byId("duty-flood"),
      one = newest?.floods[0];
    if (!element) return;
    element.hidden = !one;
    if (!one) return;
    const groups = incidents.groups();
    const parts = [
      one.usual == null ? "" : ikomek.word("wall.flood.usual", { n: Math.round(one.usual) }),
      groups ? ikomek.word("wall.flood.groups", { n: groups }) : "",
      one.nowhere ? ikomek.word("wall.no_coordinates", { count: ikomek.number(one.nowhere) }) : "",
      ikomek.word("wall.flood.since", { time: ikomek.clock(one.since) }),
      newest.floods.length > 1 ? ikomek.word("wall.more", { n: newest.floods.length - 1 }) : "",
    ];
    const [head, rest] = element.children;
    ikomek.put(
      head,
      ikomek.word("duty.flood.head", {
        kind: ikomek.word(`duty.kind.${one.kind}`),
        count: ikomek.number(one.count),
        minutes: one.minutes,
      }),
    );
    ikomek.put(rest, parts.filter(Boolean).join(" · "));
  }

  const flooded = (incident) =>
    Boolean(newest) &&
    incident.priority < 2 &&
    newest.floods.some(({ kind, since }) => kind === incident.kind && incident.opened >= since);

  /* `choose(id)` opens an incident's card. */
  function open({ map, incidents }, found, choose) {
    const bounds = window.L.latLngBounds(found.map(({ point }) => [point[1], point[0]])),
      closest = CLOSEST + incidents.options.zoomShift,
      zoom = Math.min(map.getBoundsZoom(bounds.pad(MARGIN)), closest),
      wide = map.project(bounds.getNorthEast(), zoom).distanceTo(map.project(bounds.getSouthWest(), zoom));
    if (zoom <= map.getZoom() || wide < incidents.options.groupSize) {
      list(map, bounds.getCenter(), found, choose);
      return;
    }
    before = before || { centre: map.getCenter(), zoom: map.getZoom() };
    map.setView(bounds.getCenter(), zoom, {
      animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    });
  }
  function list(map, at, found, choose) {
    const rows = [...found].sort((a, b) => b.priority - a.priority || b.opened - a.opened),
      element = document.createElement("div"),
      head = element.appendChild(document.createElement("h3")),
      all = element.appendChild(document.createElement("ol"));
    element.className = "duty-group";
    head.textContent = ikomek.word("duty.group", { n: rows.length });
    for (const incident of rows.slice(0, LISTED)) {
      const button = all
          .appendChild(document.createElement("li"))
          .appendChild(document.createElement("button")),
        name = document.createElement("span");
      name.textContent = [incident.title || ikomek.word(`duty.kind.${incident.kind}`), incident.address]
        .filter(Boolean)
        .join(" · ");
      button.type = "button";
      button.append(ikomek.symbols.image(12, { ...incident, plain: true }), name);
      button.addEventListener("click", () => choose(incident.id));
    }
    if (rows.length > LISTED) {
      const more = element.appendChild(document.createElement("p"));
      more.textContent = ikomek.word("wall.more", { n: rows.length - LISTED });
    }
    const popup = window.L.popup({ maxHeight: map.getSize().y * 0.6, closeOnEscapeKey: false });
    popup.setLatLng(at).setContent(element).openOn(map);
    map.once("popupclose", () => {
      if (element.contains(document.activeElement) || document.activeElement === document.body)
        map.getContainer().focus();
    });
    all.querySelector("button").focus({ preventScroll: true });
  }

  /* Esc closes the list, then goes back to where the first group was opened. Says whether it did. */
  function back(map) {
    if (map._popup?.isOpen()) map.closePopup();
    else if (before) {
      map.setView(before.centre, before.zoom);
      before = null;
    } else return false;
    return true;
  }

  ikomek.dutyFloods = { ask, flooded, open, back };
})();
