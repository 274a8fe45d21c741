/* F6 goes to the next part of the desk, so that nobody passes a hundred filters on the way to the list; ?
   opens the list of all keys, with the switch of those that are one letter. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const PARTS = [
      "#duty-searching",
      "#duty-filters",
      "#ikomek-map-duty",
      "#duty-list",
      "#duty-card",
      "#duty-machine",
    ],
    REACHED = 'a[href], button:not([disabled]), input, select, textarea, summary, [tabindex="0"]',
    FIRST_ROW = "#duty-rows .duty-row";

  const visible = (element) =>
    element.getClientRects().length > 0 && getComputedStyle(element).visibility !== "hidden";

  /* What takes the focus of a part; none of one that is hidden or empty. The card lies over the list. */
  function entry(part) {
    if (!visible(part)) return null;
    if (part.id === "duty-list" && visible(byId("duty-card"))) return null;
    if (part.matches('[tabindex="0"]')) return part;
    const first = part.querySelector(FIRST_ROW);
    return first || [...part.querySelectorAll(REACHED)].find(visible) || null;
  }

  function move(back) {
    const parts = PARTS.map((which) => document.querySelector(which)).filter((part) => part && entry(part));
    const at = parts.findIndex((part) => part.contains(document.activeElement)),
      next = at < 0 ? (back ? parts.length - 1 : 0) : at + (back ? -1 : 1);
    entry(parts[(next + parts.length) % parts.length])?.focus();
  }

  function open() {
    byId("duty-keys-letters").setAttribute("aria-checked", String(!ikomek.lettersOff()));
    const dialog = byId("duty-keys");
    dialog.onkeydown = (event) => event.stopPropagation(); // Escape closes it and nothing behind it
    dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (!byId("duty") || document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = event.target.matches("input, textarea, select");
    if (event.key === "F6") move(event.shiftKey);
    else if (event.key === "?" && !typing && !ikomek.lettersOff()) open();
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#duty-keys-open, #duty-keys-close, #duty-keys-letters");
    if (!button) return;
    if (button.id === "duty-keys-open") open();
    else if (button.id === "duty-keys-close") byId("duty-keys").close();
    else {
      const on = ikomek.lettersOff();
      ikomek.turnLetters(on);
      button.setAttribute("aria-checked", String(on));
    }
  });
})();
