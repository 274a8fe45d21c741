/* A map that does not know says so on itself: an empty map with nothing written on it would say that
   nothing happens.

   Of every map of map/hook.js: the incidents (a snapshot that has not come), the density, the plan of the
   streets, and what its page adds by `ikomek.markMap(handle, name, sentence)` (an empty sentence takes it
   away). */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const STEP_MS = 500,
    LATE_MS = 5000,
    GAP_PX = 8,
    CLEAR = "rgba(0, 0, 0, 0)";

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
    if ((note ? note.dataset.key : "") === key) {
      if (note) stand(container, note);
      return;
    }
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
    stand(container, note);
  }

  /* What can be seen of an element: itself, where it is drawn or written, else its parts. */
  function blocks(element) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || !element.checkVisibility({ visibilityProperty: true })) return [];
    const { backgroundColor, borderTopWidth } = getComputedStyle(element);
    const isWritten = [...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim());
    const isBare = backgroundColor === CLEAR && borderTopWidth === "0px" && !isWritten;
    return isBare && element.children.length ? [...element.children].flatMap(blocks) : [box];
  }

  /* The note lies on nothing that stands over the map, whatever the size of the window and the length of the
     words: as low as there is room for it, or where it is by its style when there is none. */
  function stand(container, note) {
    const stage = container.closest("[data-layers]") || container.parentElement,
      around = container.getBoundingClientRect(),
      { height, left, right } = note.getBoundingClientRect();
    const over = [...stage.children, ...(stage.closest(".wall") ? stage.parentElement.children : [])].filter(
      (one) => !one.contains(container),
    );
    const taken = [...container.querySelectorAll(".leaflet-control"), ...over]
      .flatMap(blocks)
      .filter((box) => box.left < right + GAP_PX && box.right > left - GAP_PX);
    let bottom = around.bottom - GAP_PX;
    for (;;) {
      const on = taken.filter((box) => box.top < bottom + GAP_PX && box.bottom > bottom - height - GAP_PX);
      if (!on.length) break;
      bottom = Math.min(...on.map(({ top }) => top)) - GAP_PX;
    }
    const fits = bottom - height >= around.top,
      wanted = fits ? `${Math.round(around.bottom - bottom)}px` : "";
    if (note.style.bottom !== wanted) note.style.bottom = wanted;
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
