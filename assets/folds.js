/* What folds away where there is no room for it, as the style sheets say where that is: a button
   [data-folds=ID] opens the element ID (`data-open`) and closes it; so does Escape, a press beside it, and in
   it a link or a button [data-folds-away]. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const BUTTON = "button[data-folds]",
    CHOICE = "a, [data-folds-away]";
  const folded = (button) => ikomek.byId(button.dataset.folds);

  function set(button, open) {
    folded(button)?.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
  }
  const open = () =>
    [...document.querySelectorAll(BUTTON)].filter((button) => folded(button)?.hasAttribute("data-open"));

  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest?.(BUTTON);
    if (pressed) set(pressed, !folded(pressed).hasAttribute("data-open"));
    for (const button of open()) {
      const inside = folded(button).contains(target);
      if (button !== pressed && (!inside || target.closest(CHOICE))) set(button, false);
    }
  });
  document.addEventListener("keydown", (event) => {
    const last = event.key === "Escape" && open().at(-1);
    if (!last) return;
    set(last, false);
    last.focus();
  });
})();
