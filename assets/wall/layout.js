/* The layout of a wall, by how many letters fit its height and its width. The drawing of a desk is
   not shrunk; a screen that is small for its farthest seat has another layout.

   By lines: a header, a footer and the banner's line (of 32 letters up, at most), a header and a footer
   (21), one strip (fewer). Together they never take more than `CHROME` of the height. By columns: as many
   as have room for their text; a column of text goes before one with a map.

   `ikomek.wall.layout(root)` sets it and says {em, width, height (letters), strip: one strip and no
   footer, key: what it depends on}. `ikomek.wall.layColumns(root, layout, most)` lays the columns, so
   many at most, and says which. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall,
    { byId } = ikomek,
    { show } = wall;
  const CHROME = 0.119,
    BAR = [1.26, 3.3],
    FOOT = [1.2, 1.95],
    FOOT_SHARE = 0.045,
    BANNER = 1.4,
    STRIP = [1, 1.6],
    TALL = 2.7;
  const TEXT_WIDTH = 13,
    MAP_WIDTH = 4.6,
    SIDE_SHARE = 0.42,
    ROW_ASPECT = 4,
    ROW_WIDTH = 32,
    ROW_SHARE = 0.62;
  /* From here up a scene looks as on a desk: the card may lie over a map, figures are large. */
  const DESK = { height: 40, width: 70 };
  /* A map gets its labels and its bars from here up, letters. */
  const LABELLED = { width: 24, height: 14 };
  /* A smaller one names districts alone, from here up. */
  const NAMED = { width: 16, height: 9.5 };

  const clamp = (value, [least, most]) => Math.min(Math.max(value, least), most);
  const set = (element, name, value) => {
    if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
  };

  /* Heights of the bars, letters. `banner`: whether one is to be said. */
  function bars(height, banner) {
    const room = CHROME * height,
      foot = clamp(FOOT_SHARE * height, FOOT);
    if (room - foot < BAR[0])
      return { strip: true, bar: clamp(room, [Math.min(room, STRIP[0]), STRIP[1]]), foot: 0, line: false };
    const line = banner && room - foot - BANNER >= BAR[0];
    return { strip: false, bar: clamp(room - foot - (line ? BANNER : 0), BAR), foot, line };
  }

  const isMap = (column) => column.querySelector(".wall-stage") !== null;
  /* The widths of these columns, letters: those with letters of their own, then the rest in equal parts. */
  function widths(columns, width) {
    const side = (column) =>
      columns.length > 1 ? Math.min(Number(column.dataset.letters), SIDE_SHARE * width) : 0;
    const own = columns.map(side),
      open = own.filter((letters) => !letters).length;
    const rest = width - own.reduce((sum, letters) => sum + letters, 0);
    return own.map((letters) => letters || rest / open);
  }
  function columnsFor(all, width, most) {
    let kept = [...all];
    const fits = () =>
      widths(kept, width).every((letters, i) => letters >= (isMap(kept[i]) ? MAP_WIDTH : TEXT_WIDTH));
    while (kept.length > 1 && (kept.length > most || !fits())) {
      const text = kept.filter((column) => !isMap(column)),
        last =
          text.length && (text.length < kept.length || text.length > 1)
            ? text[text.length - 1]
            : kept[kept.length - 1];
      kept = kept.filter((column) => column !== last);
    }
    return kept;
  }
  /* A strip of screens: the panels of a column of text stand beside one another. */
  function rowWidth(column, width) {
    const panels = column.querySelectorAll(":scope > .wall-panel").length;
    return Math.min(panels * ROW_WIDTH, Math.floor((width * ROW_SHARE) / ROW_WIDTH) * ROW_WIDTH);
  }
  function layColumns(root, { width, height }, most = Infinity) {
    const body = root.querySelector(".wall-body"),
      all = [...body.children],
      kept = columnsFor(all, width, most),
      row = width / height >= ROW_ASPECT;
    const shares = widths(kept, width);
    const tracks = kept.map((column, i) => {
      const inRow = row && Number(column.dataset.letters) > 0;
      column.classList.toggle("wall-row", inRow);
      column.classList.toggle("narrow", !inRow && shares[i] < 22);
      return inRow
        ? `${rowWidth(column, width)}em`
        : shares[i] === widths(kept, width)[i] && Number(column.dataset.letters) && kept.length > 1
          ? `${shares[i].toFixed(3)}em`
          : "minmax(0, 1fr)";
    });
    for (const column of all) show(column, kept.includes(column));
    if (body.style.gridTemplateColumns !== tracks.join(" "))
      body.style.gridTemplateColumns = tracks.join(" ");
    return kept;
  }

  /* A map too small for all labels names its districts; a smaller one shows symbols on the plan, and so does
     one that needs its room for the groups of a flood. The map of one district has its name over it. */
  function stages(root, em) {
    for (const stage of root.querySelectorAll(".wall-stage")) {
      const holds = ({ width, height }) =>
        stage.clientWidth >= width * em && stage.clientHeight >= height * em;
      const all = holds(LABELLED),
        sparse = !all && holds(NAMED) && !stage.dataset.focus && !wall.flood.all.length;
      stage.classList.toggle("sparse", sparse);
      stage.classList.toggle("bare", !all && !sparse);
    }
  }

  wall.layout = function (root) {
    const em = wall.letterSize(),
      banners = byId("shell-banners"),
      high = root.clientHeight + (banners ? banners.offsetHeight : 0);
    const width = root.clientWidth / em,
      height = high / em,
      banner = banners?.querySelector(':not([data-banner="lost"])') != null;
    const key = `${width.toFixed(2)}x${height.toFixed(2)}|${em}|${banner}|${root.dataset.scene}`;
    if (root.dataset.layout === key)
      return { em, width, height, strip: root.classList.contains("wall-strip"), key };
    const { strip, bar, foot, line } = bars(height, banner);
    root.classList.toggle("wall-strip", strip);
    root.classList.toggle("wall-tall", bar >= TALL);
    root.classList.toggle("wall-desk", height >= DESK.height && width >= DESK.width);
    document.documentElement.classList.toggle("wall-lined", line);
    set(document.documentElement, "--wall-letter", `${em}px`);
    set(root, "--header", `${bar.toFixed(4)}em`);
    set(root, "--header-letters", bar.toFixed(4));
    set(root, "--footer", `${foot.toFixed(4)}em`);
    root.dataset.layout = key;
    return { em, width, height, strip, key };
  };
  wall.stages = stages;
  wall.layColumns = layColumns;
})();
