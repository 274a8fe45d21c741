/* A search box: what is typed goes to the server after a pause, and what comes back (a Dash callback that
   fills `found`) carries the text that it answers (`data-query`). Enter takes the first result of the text
   in the field, never of an earlier one: pressed too early it waits for its own answer. Until that has come
   the results of an earlier text are dimmed, say that they are being read anew, and cannot be chosen.

   ikomek.searchField({id, type, container, found, store, result, choose}) -> the field; `container`, `found`:
   elements; `store`: id of the Dash store that asks; `result`: selector; `choose(element)`. The field gets
   results() (none while they answer another text), ask(text) at once, and enter(). */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const PAUSE_MS = 200;

  ikomek.searchField = function ({ id, type, container, found, store, result, choose }) {
    const field = document.createElement("input"),
      placeholder = container.dataset.placeholder;
    let pause = null,
      awaited = null;
    Object.assign(field, {
      id,
      type,
      placeholder: placeholder,
      maxLength: Number(container.dataset.longest),
      autocomplete: "off",
      spellcheck: false,
    });
    field.setAttribute("aria-label", placeholder);
    field.setAttribute("aria-controls", found.id);
    found.dataset.waiting = ikomek.word("shell.searching");

    const answered = () => {
      const answer = found.querySelector(":scope > [data-query]");
      return answer ? answer.dataset.query : "";
    };
    const isAnswered = () => answered() === field.value;

    function show() {
      const late = !isAnswered();
      found.toggleAttribute("data-late", late);
      found.setAttribute("aria-busy", String(late));
      for (const answer of found.children) answer.inert = late;
    }
    function asks() {
      clearTimeout(pause);
      pause = null;
      window.dash_clientside.set_props(store, { data: field.value });
    }
    function take() {
      show();
      if (awaited === null || !isAnswered()) return;
      const first = awaited === field.value && document.activeElement === field ? field.results()[0] : null;
      awaited = null;
      if (first) choose(first);
    }

    field.results = () => (isAnswered() ? [...found.querySelectorAll(result)] : []);
    field.ask = (text) => {
      field.value = text;
      awaited = null;
      show();
      asks();
    };
    field.enter = (chosen) => {
      if (isAnswered()) {
        if (chosen) choose(chosen);
        return;
      }
      awaited = field.value;
      if (pause !== null) asks();
    };
    field.addEventListener("input", () => {
      awaited = null;
      show();
      clearTimeout(pause);
      pause = setTimeout(asks, PAUSE_MS);
    });
    new MutationObserver(take).observe(found, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["data-query"],
    });
    container.append(field);
    return field;
  };
})();
