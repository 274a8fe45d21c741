/* Saved views above the filters of /map: a click opens one; "Save" (or Shift and S) gives the present
   address a name, for oneself or for the post. The one that is open is marked, with a dot once it was
   changed: then it can be brought up to date. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const { PATH, go, asks } = ikomek.dutyAddress;
  const API = "/api/v1/views",
    EVERY_MS = 60000,
    TICK_MS = 500,
    OPENED = "ikomek-duty-view";
  const request = ikomek.latest();
  let views = null,
    nextAt = 0,
    saving = false,
    problem = "";

  function tick() {
    if (!byId("duty-views")) return;
    if (performance.now() >= nextAt) {
      nextAt = performance.now() + EVERY_MS;
      request.ask(
        (signal) => ikomek.ask("/layers/saved-views.json", { signal }),
        (answer) => {
          views = answer.views;
          draw();
        },
        () => {
          nextAt = performance.now() + EVERY_MS; // the counts stay as they were read
        },
      );
    }
    draw();
  }

  const opened = () => Number(sessionStorage.getItem(OPENED)) || null;
  const isOpen = (view) => asks(location.search) === asks(`?${view.query}`);

  function draw() {
    const element = byId("duty-views");
    if (!element || !views) return;
    const here = views.find(isOpen),
      changed = here ? null : views.find(({ id }) => id === opened());
    if (here) sessionStorage.setItem(OPENED, here.id);
    const key = JSON.stringify([ikomek.language, views, here?.id, changed?.id, saving, problem]);
    if (element.dataset.shown === key) return;
    element.dataset.shown = key;
    const typed = byId("duty-view-name")?.value || "";
    element.replaceChildren(head(), list(here, changed), ...(saving ? [form(typed)] : []));
  }

  const button = (text, click, more = {}) =>
    ikomek.node("button", { type: "button", class: "duty-link", text, click, ...more });

  function head() {
    const row = ikomek.node("h3", { text: ikomek.word("duty.views") });
    row.append(
      button(ikomek.word("duty.views.save"), open, {
        "aria-expanded": String(saving),
        "aria-keyshortcuts": "Shift+S",
        title: ikomek.word("duty.views.save.title"),
      }),
    );
    return row;
  }

  function list(here, changed) {
    if (!views.length) return ikomek.node("p", { class: "duty-quiet", text: ikomek.word("duty.views.none") });
    const rows = ikomek.node("ul", { class: "duty-values" });
    rows.append(...views.map((view) => row(view, view === here, view === changed)));
    return rows;
  }

  function row(view, isHere, isChanged) {
    const item = ikomek.node("li", { class: "duty-view" }),
      link = ikomek.node("a", {
        class: "duty-value",
        href: view.query ? `${PATH}?${view.query}` : PATH,
        "aria-current": isHere ? "true" : null,
        title: ikomek.word(view.shared ? "duty.views.of_post" : "duty.views.own", { who: view.made_by }),
      });
    link.append(
      ikomek.node("span", { class: "duty-name", text: isChanged ? `${view.name} •` : view.name }),
      ikomek.node("span", { class: "duty-n", text: view.n === null ? "—" : ikomek.number(view.n) }),
    );
    item.append(link);
    if (isChanged) item.append(button(ikomek.word("duty.views.update"), () => save(view.name, view.shared)));
    item.append(
      button("×", () => remove(view), {
        "aria-label": ikomek.word("duty.views.remove", { name: view.name }),
      }),
    );
    return item;
  }

  function form(typed) {
    const field = ikomek.node("input", {
      id: "duty-view-name",
      type: "text",
      maxlength: "60",
      autocomplete: "off",
      "aria-label": ikomek.word("duty.views.name"),
      placeholder: ikomek.word("duty.views.name"),
    });
    field.value = typed;
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") save(field.value, false);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const acts = ikomek.node("div", { class: "duty-acts" });
    acts.append(
      button(ikomek.word("duty.views.for_me"), () => save(field.value, false), {
        class: "duty-act duty-act-main",
      }),
      button(ikomek.word("duty.views.for_post"), () => save(field.value, true), { class: "duty-act" }),
    );
    return ikomek.node(
      "div",
      { class: "duty-view-form" },
      field,
      acts,
      problem ? ikomek.node("p", { class: "duty-form-error", role: "alert", text: problem }) : null,
    );
  }

  function open() {
    saving = !saving;
    problem = "";
    draw();
    byId("duty-view-name")?.focus();
  }
  function close() {
    saving = false;
    problem = "";
    draw();
  }

  async function save(given, shared) {
    const name = given.trim();
    if (!name) {
      problem = ikomek.word("duty.form.missing");
      draw();
      return;
    }
    await change(async () => {
      const { id } = await ikomek.send(API, { name, query: location.search.slice(1), shared });
      sessionStorage.setItem(OPENED, id);
      saving = false;
    });
  }
  const remove = (view) => change(() => ikomek.send(`${API}/${view.id}/remove`, {}));

  /* What is refused is said where it was asked for. */
  async function change(work) {
    problem = "";
    try {
      await work();
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      problem = refused.message;
      saving = true;
    }
    nextAt = 0;
    tick();
  }

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("#duty-views a");
      if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      go(link.getAttribute("href"));
      tick();
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select");
    if (!byId("duty-views") || typing || event.code !== "KeyS" || !event.shiftKey) return;
    if (event.ctrlKey || event.altKey || event.metaKey || ikomek.lettersOff()) return;
    open();
    event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    ikomek.words.then(() => setInterval(tick, TICK_MS));
  });
})();
