/* A wall of several screens is one big picture, of which this page shows its part: `?screen=2x3:1,2` is
   row 1, column 2 of 2 rows and 3 columns.

   The picture goes on behind the bezels (`&bezel=` in mm between two lit areas), so a street runs straight
   across. A map draws no more than its page shows of it: `ikomek.wallScreens.clip(container)` cuts it to
   that and says how far its middle is from the middle of the whole map, CSS pixels. Labels and symbols are
   laid out for the whole map on every screen (`ikomek.wallScreens.whole(container)`), so that none is cut,
   doubled or of another size at a seam. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MARGIN = 96;
  let laid = "";

  /* The whole picture and where this page's part begins in it, CSS pixels. `metres`: the height of
     everything that is lit. */
  function geometry([rows, columns, row, column], bezelMm, metres, width, height) {
    const gap = (bezelMm / 1000 / metres) * rows * height;
    return {
      width: columns * width + (columns - 1) * gap,
      height: rows * height + (rows - 1) * gap,
      x: (column - 1) * (width + gap),
      y: (row - 1) * (height + gap),
    };
  }

  /* Lay the frame out as this page's part. Banners stand on the topmost screens; the picture begins below
     them on all. */
  function fit(show) {
    const root = document.documentElement,
      wall = document.querySelector("#wall-frame > .wall"),
      many = show.screen[0] * show.screen[1] > 1;
    const banners = byId("shell-banners"),
      top = banners ? banners.offsetHeight : 0;
    const key =
      many && wall
        ? JSON.stringify([show.screen, show.bezel_mm, wall.dataset.screenM, innerWidth, innerHeight, top])
        : "";
    if (!wall || key === laid) return;
    laid = key;
    root.classList.toggle("wall-many", many);
    root.classList.toggle("wall-lower", many && show.screen[2] > 1);
    if (!many) return;
    const whole = geometry(show.screen, show.bezel_mm, Number(wall.dataset.screenM), innerWidth, innerHeight);
    const sizes = { width: whole.width, height: whole.height - top, x: -whole.x, y: top - whole.y };
    for (const [name, value] of Object.entries(sizes))
      root.style.setProperty(`--wall-${name}`, `${value.toFixed(3)}px`);
  }

  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  function clip(container) {
    const stage = container.closest(".wall-stage");
    if (!laid || !stage) return [0, 0];
    const box = stage.getBoundingClientRect();
    const [left, right] = [-MARGIN, innerWidth + MARGIN].map((edge) =>
      Math.round(clamp(edge - box.left, 0, box.width)),
    );
    const [top, bottom] = [-MARGIN, innerHeight + MARGIN].map((edge) =>
      Math.round(clamp(edge - box.top, 0, box.height)),
    );
    const width = Math.max(right - left, 2),
      height = Math.max(bottom - top, 2);
    Object.assign(container.style, {
      inset: "auto",
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    container.classList.toggle("wall-inner", right < box.width - 1 || bottom < box.height - 1);
    return [left + width / 2 - box.width / 2, top + height / 2 - box.height / 2];
  }

  /* Where the whole map lies, of which this container is a part, CSS pixels of the container; null on a
     wall of one screen. */
  function whole(container) {
    const stage = laid && container.closest(".wall-stage");
    if (!stage) return null;
    const at = container.getBoundingClientRect(),
      box = stage.getBoundingClientRect();
    return { left: box.left - at.left, top: box.top - at.top, width: box.width, height: box.height };
  }

  ikomek.wallScreens = { geometry, fit, clip, whole };
})();
