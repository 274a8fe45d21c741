/* Several incidents of the list at once: each row has a mark, Shift and a click marks all between; the bar
   below the list says how many and what can be done. `actions.js` asks the server what would become of it,
   shows that, and does it as one, with one undo. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MOST = 500,
    TICK_MS = 250;
  const chosen = new Map(); // incident -> the version that the officer saw
  let last = null;

  const rows = () => [...document.querySelectorAll("#duty-rows li[data-incident]")];
  const idOf = (row) => Number(row.dataset.incident);

  function mark(row, on) {
    if (!on) chosen.delete(idOf(row));
    else if (chosen.size < MOST) chosen.set(idOf(row), Number(row.dataset.version));
  }

  function toggle(row, through) {
    const all = rows(),
      on = !chosen.has(idOf(row)),
      from = through ? all.findIndex((one) => idOf(one) === last) : -1,
      to = all.indexOf(row);
    const range = from < 0 ? [row] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
    for (const one of range) mark(one, on);
    last = idOf(row);
    show();
  }

  function clear() {
    chosen.clear();
    last = null;
    show();
  }

  function show() {
    const bar = byId("duty-selection");
    if (!bar) return;
    bar.hidden = !chosen.size;
    const count = bar.querySelector(".duty-selected"),
      text = ikomek.word("duty.selected", { n: chosen.size });
    if (count.textContent !== text) count.textContent = text;
    for (const row of rows()) {
      const box = row.querySelector(".duty-mark-row");
      const on = String(chosen.has(idOf(row)));
      if (box && box.getAttribute("aria-checked") !== on) box.setAttribute("aria-checked", on);
    }
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("#duty-rows .duty-mark-row"),
      verb = event.target.closest?.("#duty-selection [data-bulk]");
    if (box) toggle(box.closest("li"), event.shiftKey);
    else if (verb?.dataset.bulk === "merge") ikomek.dutyMass.confirm([...chosen.keys()]).then(clear);
    else if (verb) ikomek.dutyActions.beginMany(verb.dataset.bulk, Object.fromEntries(chosen));
    else if (event.target.closest?.("#duty-unselect")) clear();
  });

  document.addEventListener("DOMContentLoaded", () => {
    ikomek.words.then(() => setInterval(show, TICK_MS));
  });

  ikomek.dutySelection = { clear };
})();
