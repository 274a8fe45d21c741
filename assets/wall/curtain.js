/* The next scene is drawn before it is shown: what stands on the screen is held still as a copy while the
   next is built beneath it, and the copy goes at the moment of the change, on every screen the same.
   `ikomek.wallCurtain`: up() and down(), and whether what lies beneath is drawn: ready(). */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  let curtain = null;

  /* A copy of an element as it is painted: canvases with their pixels, no ids, nothing that moves. */
  function still(element) {
    const copy = element.cloneNode(true),
      canvases = copy.querySelectorAll("canvas");
    element.querySelectorAll("canvas").forEach((canvas, i) => {
      if (canvas.width && canvas.height) canvases[i].getContext("2d").drawImage(canvas, 0, 0);
    });
    for (const one of [copy, ...copy.querySelectorAll("[id]")]) one.removeAttribute("id");
    const { left, top, width, height } = element.getBoundingClientRect();
    Object.assign(copy.style, {
      position: "absolute",
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    return copy;
  }

  function up() {
    const wall = byId("wall");
    if (curtain || !wall) return;
    curtain = Object.assign(document.createElement("div"), { className: "wall-curtain" });
    curtain.setAttribute("aria-hidden", "true");
    curtain.append(still(wall));
    byId("wall-show").append(curtain);
  }
  function down() {
    if (curtain) curtain.remove();
    curtain = null;
  }

  const drawn = ({ map }) =>
    Object.values(map._layers).every(
      (layer) => !layer._tiles || Object.values(layer._tiles).every((tile) => tile.loaded),
    );
  /* `last`: the element of the scene before, which may still be there. */
  function ready(scene, last) {
    const wall = byId("wall"),
      { state } = ikomek.wall,
      maps = wall ? [...wall.querySelectorAll(".wall-map")] : [];
    return (
      Boolean(wall) &&
      wall !== last &&
      wall.dataset.scene === scene &&
      state.element === wall &&
      state.spoken &&
      wall.arranged !== undefined &&
      state.panels.every(
        ({ kind, figures, failed }) => figures || failed || kind === "map" || kind === "flood",
      ) &&
      maps.every(({ id }) => ikomek.maps.has(id) && drawn(ikomek.maps.get(id)))
    );
  }

  ikomek.wallCurtain = { up, down, ready };
})();
