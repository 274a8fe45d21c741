/* What does not fit goes, never the size of a letter: rows by the style sheet (a list lets its last rows wrap out of its box), then panels from the end
   of their column, then what a header can spare. Nothing is written while nothing changes. */
(function () {
  "use strict";
  const ikomek = window.ikomek, wall = ikomek.wall;
  const SPARE = [".wall-day", ".wall-title", ".wall-brand"];

  const show = (element, on) => { if (element && element.hidden === on) element.hidden = !on; };
  const tooWide = (element) => element.scrollWidth > element.clientWidth + 1;
  const tooHigh = (element) => element.scrollHeight > element.clientHeight + 1;

  function fitHeader(root) {
    const header = root.querySelector(".wall-header"), spare = SPARE.map((name) => header.querySelector(name));
    spare.forEach((element) => show(element, true));
    for (const element of spare) {
      if (!tooWide(header) && !cutTitle(header)) return;
      show(element, false);
    }
  }
  const cutTitle = (header) => [...header.children].some((element) => !element.hidden && tooWide(element));

  /* Panels that do not fit are taken from the end; the first always stays. */
  function fitColumn(column) {
    const panels = [...column.children];
    panels.forEach((panel) => show(panel, true));
    for (const panel of panels.slice(1).reverse()) {
      if (!tooHigh(column)) return;
      show(panel, false);
    }
  }
  function fitFigures(panel) {
    const boxes = [...panel.children];
    boxes.forEach((box) => show(box, true));
    for (const box of boxes.slice(1).reverse()) {
      if (!tooHigh(panel) && !boxes.some((one) => !one.hidden && tooWide(one.querySelector(".wall-figure-value")))) return;
      show(box, false);
    }
  }
  /* A legend that would cover the map is left out. */
  function fitLegend(root) {
    const legend = root.querySelector(".wall-legend");
    if (!legend) return;
    show(legend, true);
    show(legend, legend.offsetHeight <= legend.parentElement.clientHeight * 0.2);
  }

  wall.fit = function (root) {
    if (root.dataset.fitted === state(root)) return;
    fitHeader(root);
    root.querySelectorAll(".wall-column").forEach(fitColumn);
    root.querySelectorAll(".wall-panel-figures > .wall-panel-body").forEach(fitFigures);
    fitLegend(root);
    root.dataset.fitted = state(root);
  };
  /* What the fit depends on: the screen, the looks, how many rows there are, and which panels say that they failed. */
  function state(root) {
    const rows = [...root.querySelectorAll("[data-key]")].map((one) => one.childElementCount), failed = root.querySelectorAll(".wall-panel-failed").length;
    return `${root.clientWidth}x${root.clientHeight}|${wall.looks()}|${rows}|${failed}`;
  }
})();
