/* /answers: found while it is typed, arrows choose an article, Enter asks at once; what answered an inquiry
   and what found nothing is counted; articles are edited and sent.

   The search field is made here and stands outside of what is drawn. A question that finds nothing is counted
   when an operator says so, never while they type. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, word } = ikomek;
  const API = "/api/v1/answers",
    PAUSE_MS = 200,
    NOTICE_MS = 8000;
  const page = () => byId("answers");
  let pause = null,
    dates = null; // the field of the day of review

  /* ---- the address is the state ---- */

  const queryOf = (href) => Object.fromEntries(new URL(href, location.href).searchParams);
  function go(href, how = "pushState") {
    if (how) history[how](null, "", href);
    window.dash_clientside.set_props("answers-query", { data: queryOf(href) });
  }
  function addressOf(query) {
    const given = Object.entries(query).filter(([, value]) => value);
    return given.length ? `/answers?${new URLSearchParams(given)}` : "/answers";
  }

  const notify = (text, kind = "done") => ikomek.notify(byId("answers-message"), text, kind, NOTICE_MS);

  async function post(address, body) {
    try {
      const done = await ikomek.send(`${API}/${address}`, body);
      notify(done.message);
      return done;
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      const text = ikomek.refusalText(refused);
      if (byId("answers-error")) byId("answers-error").textContent = text;
      notify(text, "refused");
      return null;
    }
  }

  /* ---- typed ---- */

  const field = () => byId("answers-field");
  function makeField() {
    const container = byId("answers-search");
    if (!container || container.firstChild) return;
    const label = Object.assign(document.createElement("label"), { className: "field" }),
      name = Object.assign(document.createElement("span"), { textContent: container.dataset.label }),
      input = Object.assign(document.createElement("input"), {
        type: "search",
        id: "answers-field",
        value: container.dataset.value,
        maxLength: 200,
        autocomplete: "off",
      });
    input.addEventListener("input", () => {
      showLate();
      clearTimeout(pause);
      pause = setTimeout(ask, PAUSE_MS);
    });
    label.append(name, input);
    container.append(label);
    if (!queryOf(location.href).show) input.focus({ preventScroll: true });
  }

  /* Articles that were found for another text than the one in the field are dimmed, and nothing of them can
     be chosen or counted as the answer. */
  function showLate() {
    const shown = byId("answers-shown"),
      answered = shown.querySelector(".answers-body")?.dataset.query,
      late = answered !== undefined && Boolean(field()) && answered !== field().value.trim();
    shown.dataset.waiting = word("shell.searching");
    shown.toggleAttribute("data-late", late);
    shown.setAttribute("aria-busy", String(late));
    shown.inert = late;
  }

  function ask() {
    const { topic } = queryOf(location.href);
    go(addressOf({ q: field().value.trim(), topic }), "replaceState");
  }

  const rows = () => [...document.querySelectorAll("#answers-shown:not([data-late]) .answers-list a")];
  function step(by) {
    const all = rows(),
      at = all.findIndex((row) => row.getAttribute("aria-current") === "true"),
      next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) go(next.getAttribute("href"), "replaceState");
  }

  /* ---- used, unanswered ---- */

  function makeInquiry() {
    const container = byId("answers-inquiry");
    if (!container) return;
    if (container.firstChild) {
      if (container.made !== container.dataset.of) container.querySelector("input").value = "";
      container.made = container.dataset.of;
      return;
    }
    container.made = container.dataset.of;
    const label = document.createElement("label"),
      input = Object.assign(document.createElement("input"), { type: "text", maxLength: 60 });
    input.dataset.name = "inquiry";
    label.append(
      Object.assign(document.createElement("span"), { textContent: container.dataset.label }),
      input,
    );
    container.append(label);
  }

  async function use(button) {
    const inquiry = document.querySelector('#answers [data-name="inquiry"]'),
      written = inquiry.value.trim();
    const body = { one_take: button.dataset.take === "yes", ...(written ? { inquiry: written } : {}) };
    button.disabled = true;
    const done = await post(`${button.dataset.used}/used`, body);
    button.disabled = false;
    if (!done) return;
    inquiry.value = "";
    field().value = ""; // the next caller asks something else
    showLate();
    go("/answers");
    field().focus();
  }

  async function missing(button) {
    button.disabled = true;
    if (!(await post("unanswered", { question: field().value.trim() }))) button.disabled = false;
  }

  /* ---- edited ---- */

  function makeFields() {
    for (const container of document.querySelectorAll("#answers [data-field]")) {
      if (container.firstChild) continue;
      const { field: name, label, value, longest, type, fixed, least, most } = container.dataset;
      if (type === "date") {
        dates = ikomek.dateField({ name, label, least, most, changed: () => "" });
        dates.iso = value;
        container.append(dates);
        continue;
      }
      const holder = document.createElement("label"),
        input = Object.assign(document.createElement("input"), { type, value, maxLength: Number(longest) });
      input.dataset.name = name;
      input.readOnly = fixed === "yes";
      holder.append(Object.assign(document.createElement("span"), { textContent: label }), input);
      container.append(holder);
    }
    for (const filled of document.querySelectorAll(
      "#answers .answers-form :is(textarea, select)[data-value]",
    )) {
      filled.value = filled.dataset.value;
      filled.removeAttribute("data-value");
    }
  }

  function edited() {
    const fields = [...document.querySelectorAll("#answers .answers-form [data-name]")],
      body = Object.fromEntries(fields.map((filled) => [filled.dataset.name, filled.value.trim()]));
    if (!body.note) delete body.note;
    return { ...body, review_on: dates.iso };
  }

  async function save() {
    const { article, version } = byId("answers-edited").dataset;
    byId("answers-error").textContent = "";
    const body = edited(),
      missed = Object.entries(body).find(([, value]) => !value);
    if (missed) {
      byId("answers-error").textContent = word("duty.form.missing");
      document.querySelector(`#answers [data-name="${missed[0]}"]`)?.focus();
      return;
    }
    const done = article
      ? await post(`${article}/save`, { ...body, version: Number(version) })
      : await post("save", body);
    if (done) location.assign(`/answers?article=${done.article}`);
  }

  async function retire() {
    const { article, version } = byId("answers-edited").dataset;
    if (await post(`${article}/retire`, { version: Number(version) })) location.assign("/answers?show=edit");
  }

  async function settle(button) {
    if (await post(`questions/${button.dataset.settle}/settle`, {})) button.closest("li").remove();
  }

  /* ---- keys and clicks ---- */

  document.addEventListener("keydown", (event) => {
    if (!page() || event.target !== field()) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter") {
      clearTimeout(pause);
      ask();
    } else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(`#answers ${selector}`),
      link = at('a[href^="/answers"]');
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      // another view, or another article in the form, is another page: no field keeps what was in it
      if (queryOf(link.href).show || queryOf(location.href).show) location.assign(link.href);
      else go(link.getAttribute("href"));
    } else if (at("[data-used]")) use(at("[data-used]"));
    else if (at("#answers-missing")) missing(at("#answers-missing"));
    else if (at("#answers-save")) save();
    else if (at("#answers-retire")) retire();
    else if (at("[data-settle]")) settle(at("[data-settle]"));
  });
  window.addEventListener("popstate", () => {
    if (page()) go(location.href, null);
  });

  function drawn() {
    makeField();
    makeInquiry();
    makeFields();
    showLate();
    const { show } = queryOf(location.href);
    byId("answers-search").hidden = Boolean(show);
  }

  ikomek.whenDrawn("/answers", "answers-shown", drawn, { attributes: ["data-query"] });
})();
