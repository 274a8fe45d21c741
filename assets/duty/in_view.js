/* The line at the foot of the map: how many incidents of the list are in view, how many lie elsewhere, how
   many have no point. They add up to all of them, and each number leads to its part. The map goes on while
   the list stands as it was read: where the two may differ the line says of when it is, as the list does.

   ikomek.dutyInView   ofLive(view, filter): what the live set holds of the list, null where that is not
                       known here; show(map, {placed: [[lon, lat], ...], unplaced}, asks): `placed` null =
                       too many to be drawn; {asks: whether what is in view can be asked for, since: the
                       moment of what is shown where the list is of another, waits: whether the list is
                       of another question than the address}. Without the second: no line */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, put, node } = ikomek;
  const PARTS = ["seen", "beside", "unplaced", "all"],
    DIGITS = 5;
  let last = null; // {map, placed}, as it is shown

  function ofLive(view, filter) {
    const { area } = view.query,
      now = ikomek.nowSeconds();
    if (area?.startsWith("precinct,")) return null;
    const drawn = ikomek.dutyArea.isDrawn(area),
      placed = [];
    let unplaced = 0;
    for (const incident of ikomek.live.incidents.values()) {
      if (incident.vanished || incident.status === "closed") continue;
      if (!ikomek.passesFilter(incident, filter, now)) continue;
      if (drawn && !ikomek.dutyArea.holds(area, incident.point)) continue;
      if (incident.point) placed.push(incident.point);
      else unplaced += 1;
    }
    return { placed, unplaced };
  }

  function show(map, known, { asks, since, waits }) {
    const line = byId("duty-in-view");
    if (!line) return;
    last = known && { map: map.map, placed: known.placed };
    line.hidden = !known?.placed;
    if (line.hidden) return;
    if (!line.firstChild)
      line.append(
        node("span", { class: "duty-in-view-at" }),
        ...PARTS.map((part) => node("button", { type: "button", "data-part": part, click: press })),
      );
    const box = map.map.getBounds(),
      seen = known.placed.filter(([lng, lat]) => box.contains([lat, lng])).length,
      counts = {
        seen,
        beside: known.placed.length - seen,
        unplaced: known.unplaced,
        all: known.placed.length + known.unplaced,
      };
    const [at, ...buttons] = line.children;
    put(
      at,
      waits
        ? ikomek.word("duty.in_view.waiting")
        : since
          ? ikomek.word("duty.as_of", { time: ikomek.clockSeconds(since) })
          : "",
    );
    line.setAttribute("aria-busy", String(waits));
    for (const button of buttons) {
      const { part } = button.dataset;
      put(button, ikomek.word(`duty.in_view.${part}`, { count: ikomek.number(counts[part]) }));
      button.dataset.n = counts[part];
      button.disabled = waits || !counts[part] || part === "all" || (part === "seen" && !asks);
    }
  }

  function press({ currentTarget }) {
    const { part } = currentTarget.dataset;
    if (part === "unplaced") ikomek.dutyAsk("point", "none");
    else if (part === "seen") ikomek.dutyAsk("area", boxOf(last.map.getBounds()));
    else last.map.fitBounds(window.L.latLngBounds(last.placed.map(([lng, lat]) => [lat, lng])).pad(0.05));
  }
  const boxOf = (bounds) =>
    `box,${[bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
      .map((number) => Number(number.toFixed(DIGITS)))
      .join(",")}`;

  ikomek.dutyInView = { ofLive, show };
})();
