/* Tables of hundreds of cells, on the pages that have such: their rows come as data (`dashboard/tables.py`)
   and are made here, where a cell costs a hundredth of one that Dash draws. A cell is a text, or one with
   `href` or `strong`. */
(function () {
  "use strict";
  const { node, whenDrawn } = window.ikomek;
  const PAGES = { "/rating": "rating", "/statistics": "statistics" };

  function inside(cell) {
    const { text = cell, href, strong } = cell;
    const shown = strong ? node("b", { text }) : text;
    return href ? node("a", { href }, shown) : shown;
  }

  function rowOf(cells, rowHeads) {
    const made = cells.map((cell, n) =>
      rowHeads && n === 0 ? node("th", { scope: "row" }, inside(cell)) : node("td", {}, inside(cell)),
    );
    return node("tr", {}, ...made);
  }

  function fill(frame) {
    const { heads, rows, rowHeads } = JSON.parse(frame.dataset.table);
    const head = heads.map((text) => node("th", { scope: "col", text }));
    const body = rows.map((cells) => rowOf(cells, rowHeads));
    frame.append(node("table", {}, node("thead", {}, node("tr", {}, ...head)), node("tbody", {}, ...body)));
  }

  const fillAll = () => document.querySelectorAll(".long-table:empty").forEach(fill);

  Object.entries(PAGES).forEach(([path, id]) => whenDrawn(path, id, fillAll));
})();
