/* Areas that have a border of their own: the house, the precinct or the district at a place of the map, and
   the outline of one as rings of [lat, lng].

   ikomek.dutyBorders   has(tool); at(tool, {lat, lng}, take, fail): take({area} or {building}, or nothing of
                        them where none is there); outline(area, building, take, fail): take(rings) */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const TOOLS = ["building", "precinct", "district"],
    LEVELS = { Polygon: 1, MultiPolygon: 2 };
  const atPoint = ikomek.latest(),
    border = ikomek.latest();

  function at(shape, { lat, lng }, take, fail) {
    const query = new URLSearchParams({ shape, lon: lng, lat });
    atPoint.ask((signal) => ikomek.ask(`/layers/borders/at.json?${query}`, { signal }), take, fail);
  }

  function outline(area, building, take, fail) {
    const query = new URLSearchParams(area ? { area } : { building });
    border.ask(
      (signal) => ikomek.ask(`/layers/borders/outline.json?${query}`, { signal }),
      ({ outline: found }) => take(found ? ringsOf(found) : []),
      fail,
    );
  }

  function ringsOf({ type, coordinates }) {
    const levels = LEVELS[type];
    if (!levels) return [];
    return window.L.GeoJSON.coordsToLatLngs(coordinates, levels).flat(levels - 1);
  }

  ikomek.dutyBorders = { has: (tool) => TOOLS.includes(tool), at, outline, forget: () => border.forget() };
})();
