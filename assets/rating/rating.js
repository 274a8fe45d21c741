/* The keys of the page /rating: arrows go from manager to manager, Enter opens one, [ and ] turn the months,
   D opens the incidents, O leads to the objections. What they do is a link on the page as well, or below. */
(function () {
  "use strict";
  const PATH = "/rating";
  const names = () => [...document.querySelectorAll(".rating-ranks .rating-name a")];

  function step(by) {
    const links = names();
    if (!links.length) return false;
    const now = links.indexOf(document.activeElement),
      chosen = links.findIndex((link) => link.closest(".rating-chosen"));
    const from = now >= 0 ? now : chosen - by;
    links[Math.min(links.length - 1, Math.max(0, from + by))].focus();
    return true;
  }

  function follow(selector) {
    const link = document.querySelector(selector);
    link?.click();
    return Boolean(link);
  }

  function lead(id) {
    const section = window.ikomek.byId(id);
    if (!section) return false;
    section.tabIndex = -1; // a place to read on from, none on the way of Tab
    section.focus();
    return true;
  }

  const KEYS = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    BracketLeft: () => follow(".rating-months a:first-child"),
    BracketRight: () => follow(".rating-months a:last-child:not(:first-child)"),
    KeyO: () => lead("rating-objections"),
    KeyD: () => follow(".rating-chosen td:last-child a"),
  };

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.('a[href="#rating-method"]')) window.ikomek.byId("rating-method").open = true;
  });
  document.addEventListener("keydown", (event) => {
    if (location.pathname !== PATH || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    const act = KEYS[event.code];
    if (act && (event.code.startsWith("Arrow") || window.ikomek.pressed(event)) && act())
      event.preventDefault();
  });
})();
