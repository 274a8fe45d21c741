/* A stretch of days that is dragged over in the card of days of /statistics becomes the period of the page.
   The fields above do the same without a mouse; a finger scrolls. */
(function () {
  "use strict";
  const PATH = "/statistics",
    LEAST_PX = 10; // less is a press, which leads to the rows of one day
  let drag = null;

  const plotOf = (element) => element.closest?.('[data-card="calendar"] .js-plotly-plot');
  const at = (edge, length, position, many) =>
    Math.min(many - 1, Math.max(0, Math.floor(((position - edge) / length) * many)));

  /* The days under the pointer and their words: of cells row by row, of bars one after another. */
  function daysAt(plot, { clientX, clientY }) {
    const { customdata, text, z } = plot.data[0],
      { left, top, width, height } = plot.querySelector(".nsewdrag").getBoundingClientRect();
    const column = at(left, width, clientX, z ? z[0].length : customdata.length),
      row = z && at(top, height, clientY, z.length);
    const [first, last = first] = [z ? customdata[row][column] : customdata[column]].flat();
    return { first, last, words: (z ? text[row][column] : text[column]).split(": ")[0] };
  }

  const sorted = (one, other) => (one.first <= other.first ? [one, other] : [other, one]);

  function label({ clientX, clientY }, [from, to]) {
    drag.label.textContent = from.words === to.words ? from.words : `${from.words} – ${to.words}`;
    drag.label.style.left = `${clientX}px`;
    drag.label.style.top = `${clientY}px`;
  }

  function begin(event) {
    const plot = location.pathname === PATH && plotOf(event.target);
    if (!plot || event.button !== 0 || event.pointerType === "touch") return;
    if (!event.target.closest(".nsewdrag") || !plot.data[0].customdata) return;
    delete plot.dataset.dragged;
    drag = { plot, begun: daysAt(plot, event), x: event.clientX, y: event.clientY, label: null };
  }

  function move(event) {
    if (!drag || Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < LEAST_PX) return;
    if (!drag.label) {
      drag.label = document.createElement("output");
      drag.label.className = "statistics-dragged";
      document.body.append(drag.label);
    }
    label(event, sorted(drag.begun, daysAt(drag.plot, event)));
  }

  function leave() {
    drag?.label?.remove();
    drag = null;
  }

  function end(event) {
    if (drag?.label) {
      const [from, to] = sorted(drag.begun, daysAt(drag.plot, event)),
        query = new URLSearchParams(location.search);
      drag.plot.dataset.dragged = "yes"; // Plotly takes the end of it for a press on the day where it began
      query.set("from", from.first);
      query.set("to", to.last);
      location.assign(`${PATH}?${query}`);
    }
    leave();
  }

  document.addEventListener("pointerdown", begin, true);
  window.addEventListener("pointermove", move, true);
  window.addEventListener("pointerup", end, true);
  window.addEventListener("pointercancel", leave, true);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && leave(), true);
})();
