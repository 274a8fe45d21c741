/* A map that does not know says so on itself: an empty map with nothing written on it would say that
   nothing happens.

   Of every map of map/hook.js: the incidents (a snapshot that has not come), the density, the plan of the
   streets, and what its page adds by `ikomek.markMap(handle, name, sentence)` (an empty sentence takes it
   away). */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const STEP_MS = 500,
    LATE_MS = 5000;

  function incidents({ live }) {
    if (live.awaited <= LATE_MS) return "";
    return live.loaded
      ? ikomek.word("map.unknown.since", { time: ikomek.clock(live.asOf / 1000) })
      : ikomek.word("map.unknown");
  }

  /* What this map shows and does not know, a sentence each. */
  function unknown(handle) {
    const { incidents: symbols, density, basemap, marks } = handle,
      sentences = [...marks.values()];
    if (!symbols._hidden && !symbols.options.source) sentences.push(incidents(ikomek));
    if (density._map && density.failing() > LATE_MS) sentences.push(ikomek.word("map.density.unknown"));
    if (basemap.failing() > LATE_MS) sentences.push(ikomek.word("map.ground.unknown"));
    return sentences.filter(Boolean);
  }

  function draw(handle) {
    const container = handle.map.getContainer(),
      sentences = unknown(handle),
      key = sentences.join("\n");
    let note = container.querySelector(":scope > .map-unknown");
    if ((note ? note.dataset.key : "") === key) return;
    if (!key) {
      note.remove();
      return;
    }
    if (!note) {
      note = Object.assign(document.createElement("div"), { className: "map-unknown" });
      note.setAttribute("role", "status");
      container.append(note);
    }
    note.dataset.key = key;
    note.replaceChildren(
      ...sentences.map((text) => Object.assign(document.createElement("p"), { textContent: text })),
    );
  }

  ikomek.markMap = function (handle, name, sentence) {
    if (sentence) handle.marks.set(name, sentence);
    else handle.marks.delete(name);
    draw(handle);
  };
  setInterval(() => {
    for (const handle of ikomek.maps.values()) draw(handle);
  }, STEP_MS);
})();
