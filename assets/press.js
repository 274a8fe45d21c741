/* One key that acts at once. ikomek.pressed(event) -> "0"-"9", "a"-"z" or the key's own name ("Enter"), or
   null where it is no such press: it is held down or has a modifier, something is being typed, or a dialog is
   open. A digit or letter is a place on the keyboard, for a Kazakh layout has letters in the place of digits,
   and a Russian one others in the place of Latin ones. Who speaks to the machine, or leans on its keys, can
   turn those of one sign off: ikomek.turnLetters(on), ikomek.lettersOff(); this browser keeps it.

   ikomek.isSeen(id): whether what stands on that card has stood there as long as a finger takes to stop. The
   element of that id says what it is (`data-on-desk`); where it changes by itself, because a late answer came
   or somebody else was faster, the press was meant for what stood there before. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const SEEN_MS = 300,
    FIELDS = "input, textarea, select, [contenteditable]",
    KEY_CODE = /^(?:Digit|Numpad|Key)([0-9A-Z])$/;
  const OFF = "ikomek-letters-off";
  const seen = new Map(); // id -> {what, since}

  ikomek.lettersOff = () => localStorage.getItem(OFF) !== null;
  ikomek.turnLetters = (on) => (on ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));

  ikomek.pressed = function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return null;
    if (event.target.closest?.(FIELDS) || document.querySelector("dialog[open]")) return null;
    const sign = KEY_CODE.exec(event.code)?.[1].toLowerCase();
    if (sign) return ikomek.lettersOff() ? null : sign;
    return event.key;
  };

  function look() {
    for (const element of document.querySelectorAll("[data-on-desk]")) {
      const what = element.dataset.onDesk;
      if (seen.get(element.id)?.what !== what) seen.set(element.id, { what, since: performance.now() });
    }
  }
  ikomek.isSeen = function (id) {
    const known = seen.get(id);
    return known !== undefined && performance.now() - known.since > SEEN_MS;
  };

  if (!location.pathname.startsWith("/wall/"))
    new MutationObserver(look).observe(document.documentElement, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["data-on-desk"],
    });
})();
