/* What an officer does with the incident of the card: buttons and keys, the forms that some of them open,
   what was done and its undo.

   Keys are places on the keyboard (`event.code`), so that they work in any layout; they are silent while a
   field has the focus. Each click has a key of its own: what is sent again, because the answer never came,
   does nothing twice. What somebody typed stays until it was taken: a refusal says why, and who was first. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const API = "/api/v1/incidents",
    RETRY_MS = [1000, 2000, 5000],
    NOTICE_MS = 15000,
    TICK_MS = 250,
    UPLOAD_MS = 180000,
    HOUR_S = 3600,
    NUMBERS = new Set(["performer", "priority", "category", "valid_h"]),
    LETTER = /^Key[A-Z]$/,
    AT_ONCE = new Set(["acknowledge"]); // of a selection too: it says no more than that they were seen
  const { byId, nowSeconds, put } = ikomek;
  let open = null, // {verb, incident, version, key}: whose form it is
    sending = null, // {verb, incident, version, key, wish, tries}: what is on its way, whatever is open
    undoable = null, // {message}: the last that could be undone by Z; null = nothing, or it was
    notice = null; // {kind, message, until, action}: what the line below the card says

  /* crypto.randomUUID is there on https alone. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }

  const card = () => {
    const element = byId("duty-actions");
    if (!element) return null;
    const { incident, mass, version } = element.dataset;
    return { incident: mass ? `m${mass}` : Number(incident), version: Number(version) };
  };
  const formOf = (verb) => document.querySelector(`#duty-dock [data-form="${verb}"]`);
  const post = (address, body) => ikomek.send(`${API}/${address}`, body);
  const upload = (address, action) =>
    ikomek.ask(`${API}/${address}`, {
      method: "POST",
      body: ikomek.dutyProof.body(action),
      quietMs: UPLOAD_MS,
    });

  /* ---- begin ---- */

  /* `point`: of a new incident, {lon, lat}; `many`: of a selection, incident -> version that was seen; all
     else is for the one of the card, or its mass event ("m12"). */
  function begin(verb, given, point, many) {
    const seen = point || many ? { incident: null, version: null } : card();
    if (!seen || sending) return;
    const form = given ? null : formOf(verb);
    if (open && form && open.verb === verb && open.incident === seen.incident) {
      focusFirst(form);
      return;
    }
    closeForm();
    open = { verb, ...seen, key: uuid(), given, point, many, previewed: many && AT_ONCE.has(verb) };
    if (!form) {
      send();
      return;
    }
    if (verb === "attach") ikomek.dutyProof.field();
    preset(form);
    if (verb === "attach") ikomek.dutyProof.nameChosen();
    form.hidden = false;
    focusFirst(form);
  }

  /* A form opens on what is most likely wanted; what was typed for this incident before stays. */
  function preset(form) {
    error(form, "");
    if (open.incident !== null && form.dataset.incident === String(open.incident)) return;
    form.dataset.incident = open.incident;
    for (const field of form.querySelectorAll('textarea, input[type="file"]')) field.value = "";
    for (const option of form.querySelectorAll(".duty-option")) option.setAttribute("aria-checked", "false");
    for (const select of form.querySelectorAll("select")) select.selectedIndex = 0;
    if (form.querySelector('[data-name="category"]')) ikomek.dutyCreate.showCategories(form);
    showOnly(form);
  }

  function focusFirst(form) {
    const first = [...form.querySelectorAll("input, select, textarea, .duty-option")].find(
      (field) => field.offsetParent,
    );
    (first || form.querySelector("[data-send]")).focus();
  }

  function closeForm() {
    if (!open) return;
    const form = open.verb && formOf(open.verb);
    if (form) form.hidden = true;
    if (open.point) ikomek.dutyCreate.unmark();
    byId("duty-preview").hidden = true;
    open = null;
  }

  function cancel() {
    closeForm();
    const main = document.querySelector("#duty-actions button");
    if (main) main.focus();
  }

  /* ---- what is asked for ---- */

  /* The wish of a form, or null and a word beside what is missing. */
  function wishOf(form) {
    const wish = new Map(),
      file = form.querySelector('input[type="file"]');
    if (file && !file.files.length) {
      error(form, ikomek.word("duty.form.missing"));
      file.focus();
      return null;
    }
    for (const field of form.querySelectorAll("[data-name]")) {
      if (field.closest("[hidden]")) continue;
      const value = valueIn(field);
      if (!value && field.dataset.needed !== "no") {
        error(form, ikomek.word("duty.form.missing"));
        (field.matches("textarea, select") ? field : field.firstElementChild).focus();
        return null;
      }
      if (value) wish.set(field.dataset.name, NUMBERS.has(field.dataset.name) ? Number(value) : value);
    }
    return asVerb(Object.fromEntries(wish));
  }

  function valueIn(field) {
    if (field.matches("textarea, select")) return field.value.trim();
    return field.querySelector('[aria-checked="true"]')?.dataset.value;
  }

  /* Choices and moments as the server reads them. */
  function asVerb(wish) {
    if (wish.keep_metadata) wish.keep_metadata = wish.keep_metadata === "yes";
    const { hours, minutes, ...rest } = wish;
    if (!hours && !minutes) return wish;
    const due = Number(byId("duty-card").querySelector(".duty-bar")?.dataset.due) || 0,
      from = hours ? Math.max(due, nowSeconds()) : nowSeconds();
    return { ...rest, until: new Date((from + (hours || minutes / 60) * HOUR_S) * 1000).toISOString() };
  }

  function error(form, text) {
    form.querySelector(".duty-form-error").textContent = text;
  }

  /* ---- send ---- */

  function send() {
    const form = open.given ? null : formOf(open.verb),
      wish = open.given || (form ? wishOf(form) : {});
    if (!wish || sending) return;
    open.wish = wish;
    sending = { ...open, wish, tries: 0 };
    show();
    attempt();
  }

  async function attempt() {
    const mine = sending;
    let done = null,
      refused = null;
    try {
      done = await request(mine);
    } catch (error) {
      refused = error;
    }
    if (sending !== mine) {
      reread(); // given up: the card tells whether it was done
      return;
    }
    if (refused && again(refused)) return;
    sending = null;
    if (refused) refuse(refused);
    else if (mine.many && !mine.previewed) preview(done);
    else finished(done);
    show();
  }

  function request({ verb, incident, version, key, wish, point, many, previewed }) {
    if (point) return post(verb, { key, wish: { ...wish, ...point } });
    if (many) return post(`selection/${verb}`, { key, seen: many, preview: !previewed, wish });
    if (typeof incident === "string")
      return post(`mass-events/${incident.slice(1)}/${verb.replace("mass_", "")}`, { key, version, wish });
    const ask = verb === "attach" ? upload : post;
    return ask(`${incident}/${verb}`, { key, version, wish });
  }

  /* The server did not take it, or its answer was lost: the same key, until it is there. */
  function again(refused) {
    if (refused.status !== 0 && refused.status !== 502 && refused.status !== 503) return false;
    notify("waits", ikomek.word("duty.act.waits", { part: ikomek.silentPart() }), Number.POSITIVE_INFINITY);
    const pause = RETRY_MS[Math.min(sending.tries, RETRY_MS.length - 1)];
    sending.tries += 1;
    sending.timer = setTimeout(attempt, pause);
    return true;
  }

  /* Why members of a selection are left alone, each reason once with how many. */
  function whysOf(refused) {
    const whys = new Map();
    for (const { message } of refused) whys.set(message, (whys.get(message) || 0) + 1);
    return [...whys].map(([message, n]) => `${n} × ${message}`);
  }

  /* What would become of a selection: how many, and why the others are left alone. */
  function preview({ ready, refused }) {
    const element = byId("duty-preview"),
      list = element.querySelector("ul"),
      go = element.querySelector("[data-confirm]");
    open.ready = ready;
    ikomek.dutySelection.retake(refused.map(({ incident }) => incident));
    const left = refused.length ? [ikomek.word("duty.preview.left")] : [];
    element.querySelector("p").textContent = [ikomek.word("duty.preview", { n: ready.length }), ...left].join(
      " ",
    );
    list.replaceChildren(...whysOf(refused).map((text) => ikomek.node("li", { text })));
    const form = formOf(open.verb);
    if (form) form.hidden = true;
    go.hidden = !ready.length;
    element.hidden = false;
    (ready.length ? go : element.querySelector("[data-cancel]")).focus();
  }

  /* Before what is no action of a selection: how many, and what speaks against it; act() = it is wanted. */
  function askFirst({ n, warnings }, act) {
    if (sending) return;
    closeForm();
    const element = byId("duty-preview"),
      go = element.querySelector("[data-confirm]");
    open = { incident: card()?.incident ?? null, act };
    element.querySelector("p").textContent = ikomek.word("duty.preview", { n });
    element.querySelector("ul").replaceChildren(...warnings.map((text) => ikomek.node("li", { text })));
    element.hidden = go.hidden = false;
    go.focus();
  }

  /* What the preview called ready, as it was seen, is done. */
  function confirm() {
    if (open?.act) {
      const { act } = open;
      closeForm();
      act();
      return;
    }
    if (!open?.ready || sending) return;
    open.many = Object.fromEntries(open.ready.map((incident) => [incident, open.many[incident]]));
    open.previewed = true;
    sending = { ...open, tries: 0 };
    show();
    attempt();
  }

  function giveUp() {
    clearTimeout(sending?.timer);
    sending = null;
    notice = null;
    show();
  }

  function finished(done) {
    const form = formOf(open.verb);
    if (form) delete form.dataset.incident;
    const isNew = Boolean(open.point),
      { many } = open;
    closeForm();
    if (many) {
      finishedMany(done);
      return;
    }
    if (isNew) ikomek.dutyOpen(done.incident);
    publishDone(done);
    reread();
  }

  /* `done`: of an action, or of a step on a mass event. */
  function publishDone(done) {
    const path = done.step ? `mass-events/steps/${done.step}` : `actions/${done.action}`;
    undoable = done.undo_s ? { message: done.message } : null;
    notify(
      "done",
      done.message,
      done.undo_s ? done.at + done.undo_s : nowSeconds() + NOTICE_MS / 1000,
      done.undo_s && path,
    );
    if (done.step) window.dash_clientside.set_props("duty-pulse", { data: Date.now() });
  }

  function finishedMany({ batch, done, refused, message, undo_s }) {
    ikomek.dutySelection.keep(refused.map(({ incident }) => incident));
    undoable = done.length ? { message } : null;
    const until = done.length ? done[0].at + undo_s : nowSeconds() + NOTICE_MS / 1000,
      left = refused.length ? [ikomek.word("duty.done.left", { whys: whysOf(refused).join("; ") })] : [];
    notify(
      done.length ? "done" : "refused",
      [ikomek.word("duty.done.many", { message, n: done.length }), ...left].join(". "),
      until,
      done.length && `selection/${batch}`,
      true,
    );
    reread();
    window.dash_clientside.set_props("duty-pulse", { data: Date.now() });
  }

  /* Somebody was first: the card shows what they did, the form keeps what was typed, and the next click is
     for the incident as it is now. */
  function refuse(refused) {
    const form = open && formOf(open.verb),
      version = refused.refusal?.parameters?.version;
    if (form && !form.hidden) error(form, refused.message);
    else notify("refused", refused.message, nowSeconds() + NOTICE_MS / 1000);
    if (version) Object.assign(open, { version, key: uuid() });
    else if (open) open.key = uuid();
    if (!form || open.given) closeForm();
    reread();
  }

  function reread() {
    window.dash_clientside.set_props("duty-card-pulse", { data: Date.now() });
  }

  async function undo() {
    if (notice?.kind !== "done" || !notice.action || sending) return;
    const { action, many } = notice;
    notice.key = notice.key || uuid();
    try {
      const done = await post(`${action}/undo`, { key: notice.key }),
        message = many
          ? ikomek.word("duty.done.many", { message: done.message, n: done.done.length })
          : done.message;
      undoable = null;
      notify("undone", message, nowSeconds() + NOTICE_MS / 1000);
      if (many || done.step) window.dash_clientside.set_props("duty-pulse", { data: Date.now() });
    } catch (refused) {
      const unanswered = () => ikomek.word("duty.undo.unanswered", { part: ikomek.silentPart() });
      if (refused.status === 0) notify("refused", unanswered(), notice.until, action);
      else notify("refused", refused.message, nowSeconds() + NOTICE_MS / 1000);
    }
    reread();
    show();
  }

  /* Its half minute is over: what was done stays, until somebody does the opposite on the card. */
  function showPast() {
    const past = ikomek.word("duty.undo.past", { message: undoable.message });
    notify("refused", past, nowSeconds() + NOTICE_MS / 1000);
  }

  /* ---- what is told ---- */

  /* `action`: the address of what can be undone; `many`: it is a selection. */
  function notify(kind, message, until, action, many = false) {
    notice = { kind, message, until, action, many };
    show();
  }

  function show() {
    const dock = byId("duty-dock"),
      element = byId("duty-notice");
    if (!dock || !element) return;
    if (notice && notice.until < nowSeconds()) notice = null;
    dock.toggleAttribute("data-busy", Boolean(sending));
    const key = notice ? `${notice.kind}|${notice.message}` : "";
    if (element.dataset.shown !== key) draw(element, key);
    const left =
        notice?.kind === "done" && notice.action ? Math.max(0, Math.ceil(notice.until - nowSeconds())) : 0,
      count = element.querySelector(".duty-undo-left");
    if (count && count.textContent !== String(left)) count.textContent = left;
  }

  function draw(element, key) {
    element.dataset.shown = key;
    element.dataset.kind = notice ? notice.kind : "";
    element.replaceChildren();
    if (!notice) return;
    const text = document.createElement("span");
    text.textContent = notice.message;
    element.append(text);
    if (notice.kind === "done" && notice.action) element.append(undoButton());
    if (notice.kind === "waits")
      element.append(button("duty-give-up", ikomek.word("duty.act.give_up"), giveUp));
  }

  function undoButton() {
    const made = button("duty-undo", ikomek.word("duty.undo"), undo),
      left = Object.assign(document.createElement("span"), { className: "duty-undo-left" }),
      mark = Object.assign(document.createElement("kbd"), { textContent: "Z" });
    left.setAttribute("aria-hidden", "true");
    mark.setAttribute("aria-hidden", "true");
    made.append(left, mark);
    return made;
  }

  function button(id, text, fn) {
    const made = Object.assign(document.createElement("button"), {
      id,
      className: "duty-act",
      type: "button",
    });
    made.append(Object.assign(document.createElement("span"), { textContent: text }));
    made.addEventListener("click", fn);
    return made;
  }

  /* ---- forms ---- */

  function choose(option) {
    const group = option.closest("[data-name]");
    for (const other of group.querySelectorAll(".duty-option"))
      other.setAttribute("aria-checked", String(other === option));
    option.focus();
    showOnly(group.closest("[data-form]"));
  }

  /* The fields that belong to the outcome that is chosen. */
  function showOnly(form) {
    const chosen = form.querySelector('[aria-checked="true"]')?.dataset.value;
    for (const field of form.querySelectorAll("[data-only]")) field.hidden = field.dataset.only !== chosen;
    if (!form.hidden) {
      error(form, "");
      form.querySelector(`[data-only="${chosen}"] textarea`)?.focus();
    }
  }

  function inForm(event, form) {
    const options = [...form.querySelectorAll(".duty-option")],
      at = options.indexOf(event.target),
      typing = event.target.matches("textarea");
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") cancel();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    else if (at >= 0 && step) choose(options[(at + step + options.length) % options.length]);
    else if (!typing && /^Digit[1-9]$/.test(event.code) && options[event.code[5] - 1])
      choose(options[event.code[5] - 1]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  document.addEventListener(
    "keydown",
    (event) => {
      const form = open && !sending ? event.target.closest?.("#duty-dock [data-form]") : null;
      if (form) inForm(event, form);
      else if (open && event.key === "Escape" && byId("duty")) {
        if (!sending) cancel(); // what is on its way is given up by its own button
        event.stopPropagation();
      } else letter(event);
    },
    true,
  );

  function letter(event) {
    if (!byId("duty") || ikomek.dutyMachine.past()) return; // what is past cannot be changed
    if (!LETTER.test(event.code) || !ikomek.pressed(event)) return;
    if (event.code === "KeyO" && byId("duty-create")) ikomek.dutyCreate.start();
    else if (event.code === "KeyZ") {
      if (notice?.kind === "done" && notice.action) undo();
      else if (undoable) showPast();
      else return;
    } else {
      const made = document.querySelector(`#duty-actions [data-code="${event.code}"]`);
      if (!made || byId("duty").hasAttribute("data-card-late")) return;
      begin(made.dataset.verb);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  document.addEventListener("click", (event) => {
    const made = event.target.closest(
      "#duty [data-verb], #duty-dock :is([data-send], [data-cancel], [data-confirm]), .duty-option",
    );
    if (!made?.matches("button")) return;
    const { verb, field, take, cancel: cancels } = made.dataset;
    if (made.matches(".duty-option")) choose(made);
    else if (made.dataset.send) send();
    else if (made.dataset.confirm) confirm();
    else if (cancels) cancel();
    else begin(verb, field ? { field, take } : undefined);
    event.preventDefault();
  });

  ikomek.dutyActions = {
    begin: (verb, point) => begin(verb, undefined, point),
    beginMany: (verb, many) => begin(verb, undefined, undefined, many),
    beginGiven: (verb, given) => begin(verb, given),
    askFirst,
    uuid,
    post,
    publishDone,
    refused: (message) => notify("refused", message, nowSeconds() + NOTICE_MS / 1000),
  };

  /* ---- the card ---- */

  function tick() {
    if (!byId("duty")) return;
    show();
    const seen = card();
    const gone = byId("duty").dataset.card === "false" || (seen && seen.incident !== open?.incident);
    const ofList = open && (open.point || open.many || (open.act && open.incident === null));
    if (open && !ofList && gone && !sending) closeForm();
    if (open && !sending && !ofList && open.verb && !open.given) leaveImpossible();
    for (const element of document.querySelectorAll(".duty-left"))
      put(element, ikomek.word("duty.time.due", { t: ikomek.span(Number(element.dataset.seconds)) }));
    for (const element of document.querySelectorAll(".duty-waiting")) {
      put(
        element,
        ikomek.word("duty.act.waits_for", { t: ikomek.span(nowSeconds() - element.dataset.opened) }),
      );
    }
  }

  /* The card is as another has left it, and has no such action any more: what was said of it stands below. */
  function leaveImpossible() {
    const of = byId("duty-card-close")?.dataset.incident,
      form = formOf(open.verb);
    if (of !== String(open.incident) || document.querySelector(`#duty-card button[data-verb="${open.verb}"]`))
      return;
    const text = form?.querySelector(".duty-form-error").textContent || ikomek.word("duty.form.impossible");
    closeForm();
    notify("refused", text, nowSeconds() + NOTICE_MS / 1000);
  }

  document.addEventListener("DOMContentLoaded", () => {
    ikomek.words.then(() => setInterval(tick, TICK_MS));
  });
})();
