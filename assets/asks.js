/* An answer goes as soon as something else is asked: whatever is typed, chosen or pressed in an element
   [data-asks=ID] empties the place ID, before the question is sent. */
(function () {
  "use strict";
  const { ikomek } = window;

  function empty(event) {
    const asking = event.target.closest?.("[data-asks]");
    if (!asking || (event.type === "click" && !event.target.closest("button"))) return;
    const answer = asking.dataset.asks;
    if (ikomek.byId(answer)?.textContent) window.dash_clientside.set_props(answer, { children: null });
  }

  for (const kind of ["input", "change", "click"]) document.addEventListener(kind, empty, true);
})();
