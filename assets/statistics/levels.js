/* The keys of the view of three levels: arrows go from figure to figure, to the right leads to the cases of
   one; Escape in a list leads back to where it is from. What they do is a link on the page as well. */
(function () {
  "use strict";
  const PATH = "/statistics";
  const rows = () => [...document.querySelectorAll("tr[data-figure]")];
  const at = () => rows().indexOf(document.activeElement?.closest("tr[data-figure]"));

  function step(by) {
    const all = rows();
    if (!all.length) return false;
    const next = all[Math.min(all.length - 1, Math.max(0, at() + by))];
    next.tabIndex = -1; // a place to read on from, none on the way of Tab
    next.focus();
    return true;
  }

  function follow(link) {
    link?.click();
    return Boolean(link);
  }

  const KEYS = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    ArrowRight: () => follow(rows()[at()]?.querySelector(".statistics-level-cases a")),
    Escape: () => follow(document.querySelector(".statistics-list header a")),
  };

  document.addEventListener("keydown", (event) => {
    if (location.pathname !== PATH || !window.ikomek.pressed(event)) return;
    if (KEYS[event.code]?.()) event.preventDefault();
  });
})();
