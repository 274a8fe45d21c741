/* Arrows inside a chart of /statistics: from mark to mark, each shown and spoken as under the mouse; Enter
   opens what a press on it opens. */
(function () {
  "use strict";
  const PATH = "/statistics";
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  /* Plot -> {curve, row, column} of the mark that is shown. */
  const shown = new WeakMap();

  const plotOf = (element) =>
    element.closest?.(".statistics-card")?.querySelector(".js-plotly-plot[data-listens]");
  const isGrid = (trace) => trace.type === "heatmap";
  /* The marks that lead somewhere, else the first ones. */
  const curveOf = (plot) =>
    Math.max(
      0,
      plot.data.findIndex(({ customdata }) => customdata),
    );
  const size = (trace) =>
    isGrid(trace) ? [trace.z.length, trace.z[0]?.length ?? 0] : [1, (trace.y ?? trace.x ?? []).length];
  const clamp = (value, length) => Math.min(length - 1, Math.max(0, value));

  /* In a grid by both, else one after the other; y grows upwards unless the axis says otherwise. */
  function moved(plot, trace, [down, right], from) {
    const [rows, columns] = size(trace);
    if (!isGrid(trace)) return { row: 0, column: clamp(from.column + right + down, columns) };
    const [bottom, top] = plot.layout.yaxis.range ?? [0, 1],
      turned = plot.layout.yaxis.autorange === "reversed" || bottom > top;
    return {
      row: clamp(from.row + (turned ? down : -down), rows),
      column: clamp(from.column + right, columns),
    };
  }

  function step(plot, way) {
    const before = shown.get(plot),
      curve = before?.curve ?? curveOf(plot),
      trace = plot.data[curve];
    if (!trace || !size(trace)[1]) return false;
    const at = before ? moved(plot, trace, way, before) : { row: 0, column: 0 };
    shown.set(plot, { curve, ...at });
    const where = isGrid(trace)
      ? { xval: trace.x?.[at.column] ?? at.column, yval: trace.y?.[at.row] ?? at.row }
      : [{ curveNumber: curve, pointNumber: at.column }];
    window.Plotly.Fx.hover(plot, where);
    speak(plot, isGrid(trace) ? trace.text?.[at.row]?.[at.column] : trace.text?.[at.column]);
    return true;
  }

  /* What stands beside the mark, for people who do not see it. */
  function speak(plot, text) {
    const card = plot.closest(".statistics-card");
    let line = card.querySelector(".statistics-spoken");
    if (!line) {
      line = document.createElement("p");
      line.className = "statistics-spoken unseen";
      line.setAttribute("role", "status");
      card.append(line);
    }
    const drawn = () => [...plot.querySelectorAll(".hoverlayer text")].map((part) => part.textContent.trim());
    line.textContent = text ?? drawn().filter(Boolean).join(" ");
  }

  function open(plot) {
    const at = shown.get(plot);
    if (!at) return false;
    const data = plot.data[at.curve],
      { customdata } = data,
      own = isGrid(data) ? customdata?.[at.row]?.[at.column] : customdata?.[at.column];
    if (own === undefined && data.meta === undefined) return false;
    plot.emit("plotly_click", { points: [{ customdata: own, data }] });
    return true;
  }

  function leave(plot) {
    if (!shown.delete(plot)) return false;
    window.Plotly.Fx.unhover(plot);
    return true;
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (location.pathname !== PATH || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, select, textarea, a, button")) return;
      const plot = plotOf(event.target);
      if (!plot) return;
      const way = STEPS[event.code];
      const done = way
        ? step(plot, way)
        : event.code === "Enter"
          ? open(plot)
          : event.code === "Escape" && leave(plot);
      if (!done) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
})();
