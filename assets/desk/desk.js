/* /desk: read anew when an incident changes and each half minute; arrows or J and K choose a case, the keys
   on the buttons act on the one of the card. After a check the next one is shown.

   The form stands outside of what is drawn, so that nothing that was typed is lost. Each click has a key of
   its own: sent again, because the answer never came, it does nothing twice. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, word } = ikomek;
  const API = "/api/v1/desk",
    READ_MS = 30000,
    GATHER_MS = 2000,
    NOTICE_MS = 10000,
    UPLOAD_MS = 180000,
    TICK_MS = 1000,
    HOUR_S = 3600;
  const CORRECTIONS = new Set(["classify", "assign", "outcome", "return"]),
    WORK = new Set(["acknowledge", "note", "done"]),
    OPTIONAL = new Set(["done", "attach"]), // words that may be left out
    STAYS = new Set(["note", "attach", "acknowledge", "extension"]); // the case is not gone from the list
  const page = () => byId("desk");
  let open = null, // {act, incident, version, queue, key, button}: whose form it is
    sending = false,
    waiting = null;

  /* ---- reading ---- */

  function reread() {
    clearTimeout(waiting);
    waiting = null;
    if (page()) window.dash_clientside.set_props("desk-pulse", { data: Date.now() });
  }
  function rereadSoon() {
    if (!waiting) waiting = setTimeout(reread, GATHER_MS);
  }

  /* The address is the state: back and forward of the browser go through it. Another view is another page:
     what the script has put into this one must not stay in it. */
  function go(href, push = true) {
    const query = Object.fromEntries(new URL(href, location.href).searchParams);
    if (push && (query.show || drawn.view) !== drawn.view) {
      location.assign(href);
      return;
    }
    if (push) history.pushState(null, "", href);
    window.dash_clientside.set_props("desk-query", { data: query });
  }

  const notify = (text, kind = "done") => ikomek.notify(byId("desk-message"), text, kind, NOTICE_MS);

  /* ---- the list ---- */

  const rows = () => [...document.querySelectorAll("#desk .desk-row")];
  function step(by) {
    const all = rows(),
      at = all.findIndex((row) => row.getAttribute("aria-current") === "true"),
      next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) go(next.getAttribute("href"));
  }
  /* After a check: the next one of the list, else the one before; the list itself when it was the last. */
  function onward(incident) {
    const all = rows(),
      at = all.findIndex((row) => row.closest("li").dataset.case === incident),
      next = all[at + 1] || all[at - 1],
      tab = document.querySelector('#desk .desk-queues [aria-current="page"]');
    const href = next?.getAttribute("href") || tab?.getAttribute("href");
    if (href) go(href);
    else reread();
  }

  /* ---- what a person does ---- */

  const actions = () => byId("desk-actions") || document.querySelector("#desk .desk-citizen");
  function seen(element) {
    const { case: incident, version, queue } = element.dataset;
    return { incident, version: Number(version), queue, key: ikomek.dutyActions.uuid() };
  }

  function begin(button) {
    if (sending) return;
    const { act } = button.dataset,
      owner = button.closest("#desk-actions, .desk-citizen");
    if (!owner) return;
    open = { act, button, ...seen(owner) };
    const fields = [...document.querySelectorAll("#desk-form [data-for]")].filter((field) => {
      field.hidden = !field.dataset.for.split(" ").includes(act);
      return !field.hidden;
    });
    if (fields.length) showForm(fields, button);
    else send();
  }

  function showForm(fields, button) {
    const form = byId("desk-form"),
      { act } = open;
    byId("desk-form-title").textContent = button.querySelector("span").textContent;
    byId("desk-form-words-label").textContent = word(`desk.form.words.${act}`);
    byId("desk-form-error").textContent = "";
    byId("desk-words").value = "";
    for (const select of form.querySelectorAll("select")) preset(select, button.dataset);
    if (act === "attach") pictureField().value = "";
    form.hidden = false;
    fields[0].querySelector("select, textarea, input").focus();
  }

  /* What it is now is chosen; categories of another kind are no choice. */
  function preset(select, { value, kind }) {
    for (const option of select.options) {
      const other = Boolean(kind && option.dataset.kind && option.dataset.kind !== kind);
      option.hidden = other;
      option.disabled = other;
    }
    const known = value && [...select.options].some((option) => option.value === value);
    select.selectedIndex = 0;
    if (known) select.value = value;
  }

  function close() {
    if (!open) return;
    const { act } = open;
    open = null;
    byId("desk-form").hidden = true;
    document.querySelector(`#desk [data-act="${act}"]`)?.focus({ preventScroll: true });
  }

  /* A phone opens its camera. */
  function pictureField() {
    const container = byId("desk-picture");
    if (!container.firstChild) {
      const label = document.createElement("label"),
        name = Object.assign(document.createElement("span"), { textContent: container.dataset.label }),
        input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
      input.setAttribute("capture", "environment");
      label.append(name, input);
      container.append(label);
    }
    return container.querySelector("input");
  }

  const chosenIn = (name) => document.querySelector(`#desk-form [data-name="${name}"]`).value.trim();

  /* {address, body} of what is sent; a string = what is missing. */
  function request() {
    const { act, incident, version, queue, key } = open,
      text = chosenIn("words"),
      about = { key, version };
    const needsWords = byId("desk-words").closest("[data-for]").dataset.for.split(" ").includes(act);
    if (needsWords && !text && !OPTIONAL.has(act)) return word("duty.form.missing");
    if (act === "attach") return attachment(about, text);
    if (act === "agree") return { address: `${API}/${incident}/agree`, body: { ...about, queue } };
    if (CORRECTIONS.has(act))
      return {
        address: `${API}/${incident}/correct/${act}`,
        body: { ...about, queue, wish: correction(act, text) },
      };
    if (act === "grant") return { address: `${API}/${incident}/decide`, body: { ...about, granted: true } };
    if (act === "refuse")
      return { address: `${API}/${incident}/decide`, body: { ...about, granted: false, answer: text } };
    if (act === "extension")
      return {
        address: `${API}/${incident}/extension`,
        body: { ...about, wish: { until: until(), reason: text } },
      };
    if (act === "reopen")
      return { address: `${API}/${incident}/reopen`, body: { ...about, wish: { reason: text } } };
    if (WORK.has(act))
      return { address: `${API}/${incident}/act/${act}`, body: { ...about, wish: text ? { text } : {} } };
    return { address: `${API}/${incident}/mark`, body: { key, mark: Number(open.button.dataset.mark) } };
  }

  function correction(act, text) {
    if (act === "classify") return { category: Number(chosenIn("category")) };
    if (act === "assign") return { performer: Number(chosenIn("performer")) };
    if (act === "outcome") return { outcome: chosenIn("outcome"), reason: text };
    return { reason: text };
  }

  function until() {
    const due = Number(open.button.dataset.due) || 0,
      from = Math.max(due, ikomek.nowSeconds());
    return new Date((from + Number(chosenIn("hours")) * HOUR_S) * 1000).toISOString();
  }

  function attachment(about, text) {
    const [file] = pictureField().files;
    if (!file) return word("duty.form.missing");
    const data = new FormData(),
      wish = { stage: chosenIn("stage"), keep_metadata: true, ...(text ? { text: text.slice(0, 300) } : {}) };
    data.append("action", JSON.stringify({ ...about, wish }));
    data.append("picture", file);
    return { address: `/api/v1/incidents/${open.incident}/attach`, form: data };
  }

  async function send() {
    const wanted = request();
    if (typeof wanted === "string") {
      byId("desk-form-error").textContent = wanted;
      return;
    }
    const { act, incident } = open;
    sending = true;
    page().setAttribute("aria-busy", "true");
    try {
      const done = await ikomek.ask(wanted.address, {
        method: "POST",
        ...(wanted.form
          ? { body: wanted.form, quietMs: UPLOAD_MS }
          : { headers: { "content-type": "application/json" }, body: JSON.stringify(wanted.body) }),
      });
      close();
      notify(done.message);
      if (STAYS.has(act) || act === "mark" || act === "reopen") reread();
      else onward(incident);
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      refuse(refused);
    } finally {
      sending = false;
      page().removeAttribute("aria-busy");
    }
  }

  /* Somebody was first: what was typed stays, and the next click is for the case as it is now. */
  function refuse(refused) {
    const text = ikomek.refusalText(refused),
      version = refused.refusal?.parameters?.version;
    if (refused.status && open)
      Object.assign(open, { key: ikomek.dutyActions.uuid(), ...(version ? { version } : {}) });
    if (byId("desk-form").hidden) open = null;
    else byId("desk-form-error").textContent = text;
    notify(text, "refused");
    reread();
  }

  /* ---- the citizen's number ---- */

  function numberField() {
    const container = byId("desk-number");
    if (!container || container.firstChild) return;
    const form = document.createElement("form"),
      label = Object.assign(document.createElement("label"), { className: "field" }),
      name = Object.assign(document.createElement("span"), { textContent: container.dataset.label }),
      input = Object.assign(document.createElement("input"), {
        type: "search",
        id: "desk-number-field",
        value: container.dataset.value,
        maxLength: 60,
      }),
      find = Object.assign(document.createElement("button"), {
        type: "submit",
        className: "desk-act",
        textContent: container.dataset.do,
      });
    input.setAttribute("enterkeyhint", "search");
    label.append(name, input);
    form.append(label, find);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(`/desk?show=citizen&number=${encodeURIComponent(input.value.trim())}`);
    });
    container.append(form);
  }

  /* ---- keys and clicks ---- */

  function pressed(event) {
    const key = ikomek.pressed(event);
    if (!key || !page() || open || sending) return;
    if (key === "ArrowDown" || key === "j") step(1);
    else if (key === "ArrowUp" || key === "k") step(-1);
    else {
      const own = `#desk-actions [data-key="${key}"], .desk-citizen [data-key="${key}"]`,
        button = document.querySelector(own);
      if (!button || (byId("desk-actions") && !ikomek.isSeen("desk-actions"))) return;
      begin(button);
    }
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (!page()) return;
    if (open && event.key === "Escape") close();
    else if (open && event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    else if (open && event.key === "Tab") stayInForm(event);
    else pressed(event);
  });

  function stayInForm(event) {
    const form = byId("desk-form");
    if (form.hidden) return;
    const all = [...form.querySelectorAll("select, textarea, input, button")].filter((one) =>
        one.checkVisibility(),
      ),
      edge = event.shiftKey ? all[0] : all.at(-1);
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0]).focus();
  }

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(`#desk ${selector}`),
      link = at('a[href^="/desk"]'),
      button = at("[data-act]"),
      mark = at("[data-mark]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      close();
      go(link.getAttribute("href"));
    } else if (button) begin(button);
    else if (mark && !sending) {
      open = { act: "mark", button: mark, ...seen(mark.closest(".desk-citizen")) };
      send();
    } else if (at("#desk-form-do")) send();
    else if (at("#desk-form-cancel")) close();
  });
  window.addEventListener("popstate", () => {
    if (page()) go(location.href, false);
  });

  function heard(message) {
    if (message.noun === "incident" || message.type === "reset" || message.type === "back") rereadSoon();
  }

  /* The second passes without a read. */
  function tick() {
    const now = ikomek.nowSeconds();
    for (const element of document.querySelectorAll("#desk .desk-time[data-opened]")) {
      const { opened, due, presses } = element.dataset,
        late = due && now > due,
        state = late ? "late" : due && presses && now >= presses ? "soon" : "";
      const key = late ? "late" : due ? "due" : "open";
      ikomek.put(element, word(`duty.time.${key}`, { t: ikomek.span(Math.abs((due || opened) - now)) }));
      if (element.dataset.state !== state) element.dataset.state = state;
    }
  }

  function drawn() {
    drawn.view = byId("desk-view").dataset.view;
    tick();
    numberField();
    const { scrollY } = window;
    if (scrollY && actions()?.dataset.case !== drawn.last) window.scrollTo(0, 0);
    drawn.last = actions()?.dataset.case;
  }

  ikomek.whenDrawn("/desk", "desk-shown", drawn, {
    after() {
      ikomek.live.on(heard);
      setInterval(rereadSoon, READ_MS);
      setInterval(tick, TICK_MS);
    },
  });
})();
