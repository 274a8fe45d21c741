/* The keyboard's place outlives a re-read. Dash puts a list anew in the place of the old one, and the
   browser then forgets where the person was: whoever walks a list by Tab would start at the top of the
   page with every new row.

   What had the focus is found again among what came in its place: by its id, by what it stands for (a
   `data-` key or an address), or by where it stood. */
(function () {
  "use strict";
  const { byId } = window.ikomek;
  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
  let held = null;

  /* What an element stands for, apart from where it is: none for one that has nothing of its own. */
  function meaning(element) {
    const own =
      element.closest(
        "[data-incident], [data-alarm], [data-building], [data-value], [data-feed], [data-plan]",
      ) || element;
    const keys = [...own.attributes]
      .filter(({ name }) => /^data-(incident|alarm|building|value|feed|plan|facet|do)$/.test(name))
      .map(({ name, value }) => `${name}=${value}`);
    const facet = element.closest("[data-facet]");
    return keys.length ? [element.tagName, facet ? facet.dataset.facet : "", ...keys].join("|") : null;
  }
  const within = (container) => [...container.querySelectorAll(FOCUSABLE)];

  function hold({ target }) {
    if (!(target instanceof Element) || target === document.body) return;
    /* A click needs no place kept: the next key is meant for the page, whose letters and Enter would else
       go to what was clicked. */
    if (!target.matches(":focus-visible")) {
      held = null;
      return;
    }
    const containers = [];
    for (let container = target.parentElement; container; container = container.parentElement)
      if (container.id) containers.push(container.id);
    const container = target.parentElement?.closest("[id]");
    held = {
      element: target,
      id: target.id,
      means: meaning(target),
      href: target.getAttribute("href"),
      text: target.textContent,
      containers,
      nearest: container?.id,
      at: container ? within(container).indexOf(target) : -1,
      left: false,
    };
  }

  /* The same thing among what has come: the nearest place with an id that is still there holds it. */
  function found() {
    if (held.element.isConnected) return held.element;
    if (held.id) return byId(held.id);
    const container = held.containers.map(byId).find(Boolean);
    if (!container) return null;
    const all = within(container),
      tag = held.element.tagName;
    return (
      (held.means && all.find((one) => meaning(one) === held.means)) ||
      all.find(
        (one) => one.tagName === tag && held.href !== null && one.getAttribute("href") === held.href,
      ) ||
      all.find((one) => one.tagName === tag && held.text && one.textContent === held.text) ||
      (container.id === held.nearest && all[held.at]) ||
      null
    );
  }

  const hasCaret = (element) =>
    element.matches(
      "textarea, input:is(:not([type]), [type=text], [type=search], [type=password], [type=tel], [type=url])",
    );

  /* A text field that is taken out and put in again within one step keeps the focus and loses its caret:
     Chromium takes the keys and writes nothing. */
  const wasMoved = (element, records) =>
    records.some(({ addedNodes }) => [...addedNodes].some((added) => added.contains(element)));

  function restore(records) {
    if (held === null || held.left) return;
    const now = document.activeElement,
      moved = now === held.element && hasCaret(now) && wasMoved(now, records);
    if (now !== document.body && !moved) return;
    const element = found(),
      caret = held.caret;
    if (!element) return;
    if (moved) element.blur();
    element.focus({ preventScroll: true });
    if (hasCaret(element))
      element.setSelectionRange(...(caret || [element.value.length, element.value.length]));
  }

  document.addEventListener("selectionchange", () => {
    const element = document.activeElement;
    if (held && held.element === element && hasCaret(element))
      held.caret = [element.selectionStart, element.selectionEnd];
  });

  document.addEventListener("focusin", hold);
  /* Left by will: for another element, or by the blur of one that stays. One that is taken out of the page
     is not left. */
  document.addEventListener("focusout", ({ target }) => {
    const mine = held;
    queueMicrotask(() => {
      if (
        mine &&
        held === mine &&
        target === mine.element &&
        target.isConnected &&
        document.activeElement !== target
      )
        mine.left = true;
    });
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (held && !held.element.contains(target)) held = null;
  });
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(restore).observe(document.body, { childList: true, subtree: true });
  });
})();
