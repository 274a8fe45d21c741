/* /alarms: read anew when an alarm changes and each half minute; arrows choose a row, A acknowledges, H
   shelves, C clears, Enter opens the map on it.

   What is chosen is an alarm, not a place in the list: when rows come and go, choice and focus stay with it.
   While a hand is at the list, what others change waits a moment, so that no press lands on a row that has
   just moved. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, word } = ikomek;
  const API = "/api/v1/alarms",
    READ_MS = 30000,
    GATHER_MS = 1000,
    HAND_MS = 2500,
    NOTICE_MS = 8000,
    GAP_PX = 6,
    RETRY_MS = [1000, 2000, 4000, 8000];
  const KEYS = { a: "acknowledge", h: "shelve", c: "clear" };
  const page = () => byId("alarms");
  const rows = () => [...document.querySelectorAll("#alarms .alarm")].filter((row) => row.checkVisibility());
  const rowOf = (alarm) => alarm && document.querySelector(`#alarms .alarm[data-alarm="${alarm}"]`);
  let open = null, // {alarm, version, act, key}: whose form it is, the alarm as it was seen
    waiting = null, // the timer of the next read
    chosen = null, // an alarm's id
    focused = false, // whether the focus was in the chosen row
    handAt = -HAND_MS,
    lostAt = null;
  const raised = new Map(); // id -> priority of those that are not drawn yet

  /* ---- reading ---- */

  function reread() {
    clearTimeout(waiting);
    waiting = null;
    if (page()) window.dash_clientside.set_props("alarms-pulse", { data: Date.now() });
  }

  function rereadSoon() {
    const quiet = performance.now() - handAt;
    if (waiting) return;
    waiting = setTimeout(
      () => {
        waiting = null;
        if (performance.now() - handAt < HAND_MS) rereadSoon();
        else reread();
      },
      Math.max(GATHER_MS, HAND_MS - quiet),
    );
  }

  function heard(message) {
    if (!page()) return;
    if (message.type === "lost") showLost(ikomek.now());
    else if (message.type === "back") showLost(null);
    if (message.noun === "alarm" && message.version === 1) {
      raised.set(String(message.id), message.payload.priority);
      ikomek.alarmSound.raised(message.payload.priority);
      showNews();
    }
    if (message.noun === "alarm" || message.type === "reset" || message.type === "back") rereadSoon();
  }

  /* What is shown while no connection is there is as of its last moment, and says so. */
  function showLost(at) {
    lostAt = at;
    page().toggleAttribute("data-lost", at !== null);
    if (at === null) notify("");
    else notify(word("alarms.lost", { at: ikomek.clock(at / 1000) }), true);
  }

  function showNews() {
    const element = document.querySelector("#alarms .alarms-news");
    if (!element) return;
    const text = raised.size ? word("alarms.news", { n: raised.size }) : "";
    element.hidden = !text;
    element.dataset.level = Math.max(0, ...raised.values());
    if (element.textContent !== text) element.textContent = text; // a change of its text is a drawing again
  }

  function notify(text, stays = false) {
    const element = byId("alarms-message");
    element.textContent = text;
    clearTimeout(element.timer);
    if (!stays)
      element.timer = setTimeout(() => {
        element.textContent = lostAt === null ? "" : word("alarms.lost", { at: ikomek.clock(lostAt / 1000) });
      }, NOTICE_MS);
  }

  /* After each drawing: mark the chosen alarm again, and say what is new. */
  function drawn() {
    if (open && !rowOf(open.alarm)) {
      close();
      notify(word("alarms.form.gone"));
    }
    putForm();
    const stays = rowOf(chosen);
    choose(stays ? chosen : rows()[0]?.dataset.alarm, focused);
    if (!stays) byId("alarms-shown").dataset.onDesk = chosen || ""; // another one, and nobody's choice
    for (const [id, priority] of raised) {
      const row = rowOf(id);
      if (!row) continue;
      raised.delete(id);
      const text = [...row.querySelectorAll(".alarm-what > *, .alarm-answer > *")]
        .map((one) => one.textContent)
        .join(". ");
      if (priority >= 2) byId("alarms-critical").textContent = text;
      else if (priority === 1) notify(text);
    }
    showNews();
    ikomek.alarmSound.show();
  }

  /* ---- what a person does ---- */

  /* `body` holds the key of its click: where no answer came, the same is sent until one does. */
  async function send(address, body, tries = 0) {
    try {
      const done = await ikomek.send(`${API}/${address}`, body);
      if (isOpen(body.key)) close();
      notify(done.message);
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      if ([0, 502, 503].includes(refused.status)) {
        showText(body.key, word("duty.act.waits", { part: ikomek.silentPart() }), true);
        setTimeout(send, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)], address, body, tries + 1);
        return;
      }
      if (!open && refused.code === "alarm.reason") begin(chosen, "clear");
      else showText(body.key, ikomek.refusalText(refused));
      if (isOpen(body.key))
        // what is sent next is another click, of who has read this
        Object.assign(open, { key: uuid(), version: refused.refusal.parameters?.version || open.version });
    }
    reread();
  }

  const isOpen = (key) => open !== null && open.key === key;

  function showText(key, text, stays = false) {
    if (isOpen(key)) byId("alarms-form-error").textContent = text;
    else notify(text, stays);
  }

  const uuid = () => ikomek.dutyActions.uuid();
  const versionOf = (alarm) =>
    Number(document.querySelector(`#alarms [data-alarm="${alarm}"]`).dataset.version);

  function begin(alarm, act) {
    const form = byId("alarms-form");
    open = { alarm, version: versionOf(alarm), act, key: uuid() };
    byId("alarms-form-title").textContent = form.dataset[act];
    byId("alarms-form-of").textContent = rowOf(alarm)?.dataset.named || "";
    byId("alarms-form-error").textContent = "";
    byId("alarms-reason").value = "";
    byId("alarms-for").hidden = act !== "shelve";
    form.hidden = false;
    rowOf(alarm)?.scrollIntoView({ block: "nearest" });
    putForm();
    (act === "shelve" ? byId("alarms-minutes") : byId("alarms-reason")).focus();
  }

  /* Beside the row that it is about, never over it: below, or above where the window ends. The row stays the
     chosen one while the form is open. */
  function putForm() {
    if (!open) return;
    const form = byId("alarms-form"),
      row = rowOf(open.alarm).getBoundingClientRect(),
      origin = page().getBoundingClientRect().top,
      below = row.bottom + form.offsetHeight + GAP_PX < window.innerHeight,
      top = below ? row.bottom + GAP_PX : row.top - form.offsetHeight - GAP_PX;
    form.style.top = `${Math.max(0, top - origin)}px`;
  }

  function close() {
    if (!open) return;
    open = null;
    byId("alarms-form").hidden = true;
    rowOf(chosen)?.focus({ preventScroll: true });
  }

  function submit() {
    if (!open) return;
    const reason = byId("alarms-reason").value.trim(),
      minutes = Number(byId("alarms-minutes").value);
    if (!reason) {
      byId("alarms-form-error").textContent = word("duty.form.missing");
      byId("alarms-reason").focus();
      return;
    }
    const { alarm, act: name, key, version } = open,
      wish = name === "shelve" ? { minutes, reason } : { reason };
    send(`${alarm}/${name}`, { key, version, ...wish });
  }

  function act(alarm, name) {
    if (rowOf(alarm)) choose(alarm, true);
    const stands = name === "clear" && rowOf(alarm)?.dataset.gone === "no"; // so a reason is asked for
    if (name === "shelve" || stands) begin(alarm, name);
    else send(`${alarm}/${name}`, { key: uuid(), version: versionOf(alarm) });
  }

  /* ---- the chosen row ---- */

  function choose(alarm, focus) {
    chosen = alarm || null;
    const row = rowOf(chosen);
    for (const other of document.querySelectorAll("#alarms .alarm")) {
      other.toggleAttribute("data-chosen", other === row);
      other.tabIndex = other === row ? 0 : -1;
    }
    if (focus && row && !open && !row.contains(document.activeElement)) row.focus({ preventScroll: true });
  }

  function step(by) {
    const all = rows(),
      at = all.indexOf(rowOf(chosen)),
      here = all[at]?.contains(document.activeElement);
    const next = all[here ? Math.min(Math.max(at + by, 0), all.length - 1) : Math.max(at, 0)];
    if (!next) return;
    choose(next.dataset.alarm, true);
    next.scrollIntoView({ block: "nearest" });
  }

  const hand = () => {
    handAt = performance.now();
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(`#alarms ${selector}`),
      button = at("[data-act]"),
      flood = at("[data-flood]");
    if (button) act(button.closest("[data-alarm]").dataset.alarm, button.dataset.act);
    else if (flood) send("acknowledge", { key: uuid(), seen: JSON.parse(flood.dataset.flood) });
    else if (at("#alarms-do")) submit();
    else if (at("#alarms-cancel")) close();
    else if (at(".alarms-news")) reread();
    else if (!open && at(".alarm") && !event.target.closest("a")) choose(at(".alarm").dataset.alarm, true);
  });

  function pressed(event) {
    const row = event.target.closest(".alarm") || rowOf(chosen),
      name = KEYS[ikomek.pressed(event)];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.repeat || !row || !ikomek.isSeen("alarms-shown")) return false;
    else if (event.key === "Enter" && event.target === row && row.dataset.href)
      location.assign(row.dataset.href);
    else if (name && row.querySelector(`[data-act="${name}"]`)) act(row.dataset.alarm, name);
    else return false;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (!page() || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    hand();
    if (open && event.key === "Escape") close();
    else if (open || event.target.closest("input, textarea, select, summary") || !pressed(event)) return;
    event.preventDefault();
  });
  for (const type of ["pointermove", "pointerdown"])
    document.addEventListener(type, (event) => {
      if (event.target.closest?.("#alarms .alarms-list")) hand();
    });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("#alarms .alarm");
    focused = row !== null && row !== undefined;
    if (focused && !open && row.dataset.alarm !== chosen) choose(row.dataset.alarm, false);
  });

  window.addEventListener("resize", putForm);
  ikomek.whenDrawn("/alarms", "alarms-shown", drawn, {
    attributes: ["data-alarm"], // a row may become another alarm's without a new element
    after() {
      ikomek.live.on(heard);
      setInterval(rereadSoon, READ_MS);
    },
  });
})();
