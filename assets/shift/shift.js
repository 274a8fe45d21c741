/* /shift: read anew when something changes and each half minute; which sections were read is remembered in
   this browser until they change; notes are kept while they are written; signing, taking over, withdrawing,
   amending.

   A click has a key of its own, so that sending it again, after an answer that never came, signs nothing
   twice. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, word } = ikomek;
  const API = "/api/v1/shift",
    READ_MS = 30000,
    GATHER_MS = 2000,
    SAVE_MS = 800,
    CALLER = document.documentElement.dataset.caller || "",
    READ_MARKS = `ikomek.shift.read.${CALLER}`; // each officer has their own
  const HEARD = new Set(["alarm", "incident", "feed", "shift"]);
  let waiting = null, // the timer of the next read
    saving = null, // that of the notes
    written = null, // notes that are not kept yet
    version = 0, // of the notes that this page knows
    sending = false,
    key = null; // of the click that has no answer yet

  /* ---- reading ---- */

  function reread() {
    clearTimeout(waiting);
    waiting = null;
    if (byId("shift")) window.dash_clientside.set_props("shift-pulse", { data: Date.now() });
  }

  function rereadSoon() {
    if (!waiting) waiting = setTimeout(reread, GATHER_MS);
  }

  function heard(message) {
    if (!byId("shift")) return;
    if (message.type === "lost") notify(word("shift.lost"));
    if (message.noun === "shift") reread();
    else if (HEARD.has(message.noun) || message.type === "reset" || message.type === "back") rereadSoon();
  }

  function notify(text) {
    byId("shift-message").textContent = text;
  }

  /* After each drawing: the marks, the button, and the notes that are being written. */
  function drawn() {
    showMarks();
    const field = byId("shift-notes");
    if (!field || field.dataset.version === field.dataset.shown) return;
    field.dataset.shown = field.dataset.version;
    if (written === null) {
      version = Number(field.dataset.version);
      field.value = field.dataset.notes;
    } else field.value = written;
  }

  /* ---- what was read ---- */

  function marks() {
    try {
      return JSON.parse(localStorage.getItem(READ_MARKS)) || {};
    } catch {
      return {};
    }
  }

  const boxes = () => [...document.querySelectorAll("#shift .shift-box")];
  const sectionOf = (box) => box.closest("[data-section]").dataset.section;
  const marksOf = (some) => Object.fromEntries(some.map((box) => [sectionOf(box), box.dataset.mark]));

  function keepMarks(read) {
    localStorage.setItem(READ_MARKS, JSON.stringify(read));
    showMarks();
  }

  function showMarks() {
    const read = marks(),
      all = boxes();
    let left = 0;
    for (const box of all) {
      const { mark, empty } = box.dataset,
        checked = empty === "yes" || read[sectionOf(box)] === mark;
      if (!checked) left += 1;
      if (box.getAttribute("aria-checked") !== String(checked)) box.setAttribute("aria-checked", checked);
    }
    const button = byId("shift-sign"),
      readAll = byId("shift-read-all");
    if (readAll) readAll.hidden = !left;
    if (!button) return;
    button.disabled = left > 0 || sending;
    const text = left ? word("shift.left", { n: left }) : "";
    if (byId("shift-left").textContent !== text) byId("shift-left").textContent = text;
  }

  function toggle(box) {
    if (box.dataset.empty === "yes") return;
    const section = sectionOf(box),
      { [section]: mark, ...others } = marks();
    keepMarks(mark === box.dataset.mark ? others : { ...others, [section]: box.dataset.mark });
  }

  /* The button stands below the last section: who presses it has come past all of them. */
  function markAll() {
    keepMarks({ ...marks(), ...marksOf(boxes().filter((box) => box.dataset.empty === "no")) });
  }

  /* ---- what is sent ---- */

  async function saveNotes() {
    clearTimeout(saving);
    saving = null;
    if (written === null) return;
    const notes = written;
    try {
      version = (await ikomek.send(`${API}/notes`, { notes, version })).version;
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      if (refused.code !== "shift.notes") {
        byId("shift-notes-state").textContent = word("shift.notes.unsaved");
        throw refused;
      }
      const theirs = refused.refusal.parameters;
      version = theirs.version;
      join(theirs.notes);
      notify(ikomek.refusalText(refused));
      return saveNotes();
    }
    if (written === notes) written = null;
    byId("shift-notes-state").textContent = word("shift.notes.kept");
  }

  /* What somebody else wrote meanwhile stands below what is written here. */
  function join(theirs) {
    const field = byId("shift-notes"),
      mine = new Set(field.value.split("\n"));
    const others = theirs.split("\n").filter((line) => !mine.has(line));
    field.value = written = [field.value, ...others].join("\n");
  }

  function keepSoon() {
    clearTimeout(saving);
    saving = setTimeout(() => saveNotes().catch(silent), SAVE_MS);
  }

  /* The notes stay in the field; the page has said that they are not kept. */
  function silent(error) {
    if (!(error instanceof ikomek.Refused)) throw error;
    saving = setTimeout(() => saveNotes().catch(silent), 5 * SAVE_MS);
  }

  async function send(address, body) {
    if (sending) return;
    sending = true;
    key = key || crypto.randomUUID();
    showMarks();
    try {
      await saveNotes();
      const done = await ikomek.send(`${API}/${address}`, "key" in body ? { ...body, key } : body);
      key = null;
      notify(done.message);
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      if (refused.code) key = null; // the server has answered: the next click is another
      notify(ikomek.refusalText(refused));
    } finally {
      sending = false;
      showMarks();
    }
    reread();
  }

  function sign() {
    const read = boxes().filter((box) => box.getAttribute("aria-checked") === "true");
    send("sign", { read: marksOf(read), key });
  }

  function act({ act: name, handover, digest }) {
    if (name === "take") send(`${handover}/take`, { digest });
    else if (name === "withdraw") send(`${handover}/withdraw`, {});
    else if (name === "amend") {
      const text = byId("shift-amendment").value.trim();
      if (!text) notify(word("duty.form.missing"));
      else
        send(`${handover}/amend`, { text, key }).then(() => {
          byId("shift-amendment").value = "";
        });
    }
  }

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(`#shift ${selector}`);
    if (at(".shift-box")) toggle(at(".shift-box"));
    else if (at("#shift-read-all")) markAll();
    else if (at("#shift-sign")) sign();
    else if (at("#shift-print")) window.print();
    else if (at("[data-act]")) act(at("[data-act]").dataset);
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "shift-notes") return;
    written = event.target.value;
    keepSoon();
  });
  addEventListener("beforeunload", (event) => {
    if (byId("shift") && written !== null) event.preventDefault();
  });
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("#shift details")) part.open = true;
  });

  ikomek.whenDrawn("/shift", "shift-shown", drawn, {
    attributes: ["data-mark", "data-version"],
    after() {
      ikomek.live.on(heard);
      setInterval(rereadSoon, READ_MS);
    },
  });
})();
