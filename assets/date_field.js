/* A field for a day, as the page's language writes one: a browser's own date field speaks the language of
   the browser. `ikomek.dateField({name, label, least, most, changed})` -> a label with the field; its
   `iso` (YYYY-MM-DD, "" for none) is read and set, least <= iso <= most. Typed are digits with any
   separator or none, day first, or ISO; Up and Down go by a day, Enter takes it, the button opens the
   browser's calendar. What is no day is said beside the field and changes nothing; so is what `changed`
   answers to a day, if anything. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const DAY_FIRST = /^(\d{1,2})[^\d]+(\d{1,2})[^\d]+(\d{4})$|^(\d{2})(\d{2})(\d{4})$/,
    DAY_MS = 86400000;

  function toIso(text) {
    const written = text.trim(),
      found = DAY_FIRST.exec(written);
    const two = (digits) => digits.padStart(2, "0");
    const iso = found
      ? [found[3] || found[6], two(found[2] || found[5]), two(found[1] || found[4])].join("-")
      : written;
    return isDay(iso) ? iso : null;
  }
  function isDay(iso) {
    const at = new Date(`${iso}T00:00:00Z`);
    return /^\d{4}-\d\d-\d\d$/.test(iso) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(iso);
  }
  /* In the order and with the separator of the pattern in words ("dd.mm.yyyy"). */
  const toText = (iso) => iso.split("-").reverse().join(ikomek.word("date.pattern").match(/[./-]/)[0]);
  const moved = (iso, days) =>
    new Date(Date.parse(`${iso}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

  ikomek.dateField = function ({ name, label, least, most, changed }) {
    const field = document.createElement("input"),
      calendar = document.createElement("input"),
      button = document.createElement("button");
    const holder = document.createElement("label"),
      row = document.createElement("span");
    let iso = "",
      typing = false;
    const show = () => {
      typing = false;
      field.value = iso && toText(iso);
      calendar.value = iso;
      showMistake("");
    };
    const showMistake = (wrong) => {
      field.setCustomValidity(wrong);
      field.setAttribute("aria-invalid", String(Boolean(wrong)));
    };
    const within = (day) => day >= least && day <= most;
    function take(day) {
      if (day && !within(day)) {
        showMistake(ikomek.word("date.wrong", { pattern: ikomek.word("date.pattern") }));
        field.reportValidity();
        return;
      }
      const before = iso;
      iso = day;
      show();
      const wrong = iso === before ? "" : changed();
      if (!wrong) return;
      [iso, typing] = [before, true];
      showMistake(wrong);
      field.reportValidity();
    }
    /* A text that is no day is less than every day: it is refused like one that lies outside. */
    const typed = () => take(field.value.trim() ? toIso(field.value) || "?" : "");
    field.addEventListener("change", typed);
    field.addEventListener("input", () => {
      typing = true;
      showMistake("");
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") typed();
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key],
        day = toIso(field.value);
      if (!step || !day) return;
      event.preventDefault();
      if (within(moved(day, step))) take(moved(day, step));
    });
    calendar.addEventListener("change", () => take(calendar.value));
    button.addEventListener("click", (event) => {
      event.preventDefault();
      calendar.showPicker();
    });
    Object.assign(field, {
      type: "text",
      name,
      inputMode: "numeric",
      autocomplete: "off",
      maxLength: 10,
      placeholder: ikomek.word("date.pattern"),
    });
    Object.assign(calendar, {
      type: "date",
      tabIndex: -1,
      min: least,
      max: most,
      className: "date-calendar",
    });
    calendar.setAttribute("aria-hidden", "true");
    Object.assign(button, { type: "button", className: "date-open", title: ikomek.word("date.open") });
    button.setAttribute("aria-label", `${label}: ${ikomek.word("date.open")}`);
    row.className = "date-row";
    row.append(field, button, calendar);
    holder.append(Object.assign(document.createElement("span"), { textContent: label }), row);
    Object.defineProperty(holder, "iso", {
      get: () => iso,
      set(day) {
        iso = day;
        if (!typing) show();
      },
    });
    return holder;
  };
})();
