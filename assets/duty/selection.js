/* Several incidents of the list at once: each row has a mark, Shift and a click marks all between; the bar
   below the list says how many and what can be done. `actions.js` asks the server what would become of it,
   shows that, and does it as one, with one undo. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MOST = 500,
    LEAST = 2,
    TICK_MS = 250;
  const chosen = new Map(); // incident -> {version: that the officer saw, category}
  let last = null;

  const rows = () => [...document.querySelectorAll("#duty-rows li[data-incident]")];
  const idOf = (row) => Number(row.dataset.incident);
  const seen = (row) => ({ version: Number(row.dataset.version), category: row.dataset.category });

  function mark(row, on) {
    if (!on) chosen.delete(idOf(row));
    else if (chosen.size < MOST) chosen.set(idOf(row), seen(row));
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

  /* After an action: what was refused stays marked. Why was told: the next click is for it as it is now. */
  function keep(refused) {
    for (const incident of [...chosen.keys()]) if (!refused.includes(incident)) chosen.delete(incident);
    retake(refused);
    show();
  }

  /* The versions that the list shows by now. */
  function retake(incidents) {
    for (const row of rows())
      if (incidents.includes(idOf(row)) && chosen.has(idOf(row))) chosen.set(idOf(row), seen(row));
  }

  /* Why what is marked cannot be one mass event, as the server would say it; "" = it can be tried. */
  function whyNotOne() {
    const categories = new Set([...chosen.values()].map(({ category }) => category));
    if (chosen.size < LEAST)
      return ikomek.word("error.mass.members", { n: chosen.size, least: LEAST, most: MOST });
    return categories.size > 1 || categories.has(undefined) ? ikomek.word("error.mass.category") : "";
  }

  function merge() {
    const why = whyNotOne();
    if (why) ikomek.dutyActions.refused(why);
    else ikomek.dutyMass.confirm([...chosen.keys()], clear);
  }

  const versions = () =>
    Object.fromEntries([...chosen].map(([incident, { version }]) => [incident, version]));

  function show() {
    const bar = byId("duty-selection");
    if (!bar) return;
    bar.hidden = !chosen.size;
    const count = bar.querySelector(".duty-selected"),
      text = ikomek.word("duty.selected", { n: chosen.size });
    if (count.textContent !== text) count.textContent = text;
    const merging = bar.querySelector('[data-bulk="merge"]'),
      why = whyNotOne();
    if (merging && merging.title !== why) {
      merging.title = why;
      merging.setAttribute("aria-disabled", String(Boolean(why)));
    }
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
    else if (verb?.dataset.bulk === "merge") merge();
    else if (verb) ikomek.dutyActions.beginMany(verb.dataset.bulk, versions());
    else if (event.target.closest?.("#duty-unselect")) clear();
  });

  document.addEventListener("DOMContentLoaded", () => {
    ikomek.words.then(() => setInterval(show, TICK_MS));
  });

  ikomek.dutySelection = { keep, retake };
})();
