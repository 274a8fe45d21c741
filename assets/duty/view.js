/* What /map looks at, in its address: the middle and the zoom of the map (`at`), and which layers are on
   (`layers`), so that a link, a reload and another language show the same. The list is not asked anew for
   either.

   ikomek.dutyView   keep(handle, shift): from now on the address follows the map, and the map the address;
                     layers(): name -> whether it is on; toggle(name) */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { PATH } = ikomek.dutyAddress;
  const LAYERS_KEY = "ikomek-duty-layers",
    LAYERS = {
      incidents: true,
      density: false,
      districts: true,
      buildings: false,
      precincts: false,
      projects: false,
    },
    DIGITS = 5,
    PAUSE_MS = 250;
  let kept = null, // the handle of the map
    shift = 0,
    home = null,
    moved = false,
    later = null;

  const query = () => new URLSearchParams(location.search);

  /* Another value of a name of the address, without a step back in the browser's history. */
  function note(name, value) {
    if (location.pathname !== PATH) return;
    const wanted = query();
    if (value === null) wanted.delete(name);
    else wanted.set(name, value);
    const search = wanted.toString().replace(/%2C/g, ",");
    history.replaceState(history.state, "", search ? `${PATH}?${search}` : PATH);
  }

  function read() {
    const parts = (query().get("at") || "").split(",").map(Number);
    if (parts.length !== 3 || !parts.every(Number.isFinite)) return null;
    const [lon, lat, zoom] = parts;
    return Math.abs(lon) <= 180 && Math.abs(lat) <= 85 ? { lon, lat, zoom } : null;
  }

  const text = (map) => {
    const { lng, lat } = map.getCenter();
    return `${lng.toFixed(DIGITS)},${lat.toFixed(DIGITS)},${map.getZoom() - shift}`;
  };

  function go({ map }) {
    const wanted = read();
    if (wanted) map.setView([wanted.lat, wanted.lon], wanted.zoom + shift, { animate: false });
  }

  /* Once for each map, and again when its window took another size: `by` zooms closer is then the same. */
  function keep(handle, by) {
    const first = kept !== handle;
    kept = handle;
    shift = by;
    if (!first) return;
    home = text(handle.map);
    go(handle);
    moved = false;
    handle.map.on("movestart", () => {
      moved = true;
    });
    handle.map.on("moveend", () => {
      clearTimeout(later);
      later = setTimeout(write, PAUSE_MS);
    });
  }

  function write() {
    if (!kept || !moved || !kept.map._container) return;
    const now = text(kept.map);
    if (now !== query().get("at")) note("at", now === home ? null : now);
  }

  function layers() {
    const named = query().get("layers"),
      linked = query().has("project") ? { projects: true } : {};
    if (named !== null) {
      const on = new Set([...named.split(","), ...Object.keys(linked)]);
      return Object.fromEntries(Object.keys(LAYERS).map((name) => [name, on.has(name)]));
    }
    try {
      return { ...LAYERS, ...JSON.parse(sessionStorage.getItem(LAYERS_KEY)), ...linked };
    } catch {
      return { ...LAYERS, ...linked };
    }
  }

  function toggle(name) {
    const before = layers(),
      on = { ...before, [name]: !before[name] };
    sessionStorage.setItem(LAYERS_KEY, JSON.stringify(on));
    note(
      "layers",
      Object.keys(on)
        .filter((one) => on[one])
        .join(","),
    );
    return on[name];
  }

  window.addEventListener("popstate", () => {
    if (kept && location.pathname === PATH) go(kept);
  });

  ikomek.dutyView = { keep, layers, toggle };
})();
