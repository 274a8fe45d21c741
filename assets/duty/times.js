/* The times of the duty officer's list and card, as they are now, or were at the moment that each was read
   for: the second passes without a read. What stands on the page before another answer came keeps its own
   moment. Nothing that the page wrote itself is changed here: a row drawn anew may be in the same element. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { put } = ikomek;
  const WARNED = [50, 75, 90];

  /* Open: what remains until the deadline, or how far it is past; without one its age. Closed: how long it
     took; the day it was opened where nobody says when it ended. */
  ikomek.dutyTick = function () {
    for (const element of document.querySelectorAll("#duty .duty-time")) {
      const now = momentOf(element);
      const { opened, due, presses, closed, status, warnings } = element.dataset,
        row = element.closest("li");
      let state = "",
        text;
      showOpened(element, now);
      if (status === "closed")
        text = closed
          ? ikomek.word("duty.time.closed", { t: ikomek.span(closed - opened) })
          : ikomek.dayText(opened);
      else if (due && now > due) {
        state = "late";
        text = ikomek.word("duty.time.late", { t: ikomek.span(now - due) });
      } else if (due) {
        state = now >= presses ? "soon" : "";
        text = ikomek.word("duty.time.due", { t: ikomek.span(due - now) });
      } else text = ikomek.word("duty.time.open", { t: ikomek.span(now - opened) });
      put(element, text);
      showWarned(element, status === "closed" || (due && now > due) ? "" : warnings, now);
      if (element.dataset.state !== state) element.dataset.state = state;
      const symbol = row?.querySelector(".symbol");
      symbol?.toggleAttribute("data-pressing", Boolean(state));
      symbol?.toggleAttribute("data-closed", status === "closed");
    }
    for (const bar of document.querySelectorAll("#duty-card .duty-bar")) fillBar(bar, momentOf(bar));
    for (const warning of document.querySelectorAll("#duty-card .duty-warning"))
      warning.toggleAttribute("data-passed", momentOf(warning) >= warning.dataset.at);
    for (const aside of document.querySelectorAll("#duty .duty-aside[data-until]")) {
      const left = aside.dataset.until - momentOf(aside);
      aside.hidden = left <= 0;
      put(aside, left > 0 ? ikomek.word("duty.row.shelved", { t: ikomek.span(left) }) : "");
    }
  };

  /* Epoch seconds of which the list or the card around the element is. */
  function momentOf(element) {
    const part = element.closest("#duty-card, #duty-rows");
    const past = part?.id === "duty-card" ? part.querySelector(".duty-card-past") : part;
    return Number(past?.dataset.moment) || ikomek.nowSeconds();
  }

  /* When it was opened, below it in a row of the list: on the day that is looked at by the clock, else with
     its day. */
  function showOpened(element, now) {
    const line = element.parentElement.querySelector(":scope > .duty-opened");
    if (!line) return;
    const { opened } = element.dataset,
      day = ikomek.dayShort(opened);
    const at =
      line.dataset.precision === "month"
        ? day.slice(3)
        : day === ikomek.dayShort(now)
          ? ikomek.clock(opened)
          : `${day} ${ikomek.clock(opened)}`;
    put(line, ikomek.word("duty.time.opened", { at }));
  }

  /* The last of 50, 75 and 90 per cent of the period that is used. */
  function showWarned(element, warnings, now) {
    const passed = warnings ? warnings.split(",").filter((at) => now >= at).length : 0,
      warned = passed ? ikomek.word("duty.time.used", { share: WARNED[passed - 1] }) : "";
    if ((element.dataset.warned || "") === warned) return;
    if (warned) element.dataset.warned = warned;
    else delete element.dataset.warned;
  }

  function fillBar(bar, now) {
    const { opened, due, presses, closed } = bar.dataset;
    if (!bar.firstElementChild) return;
    const share = due ? ((closed || now) - opened) / (due - opened) : 0;
    bar.firstElementChild.style.width = `${Math.min(100, Math.max(0, share * 100))}%`;
    bar.dataset.state = share >= 1 ? "late" : due && (closed || now) >= presses ? "soon" : "";
  }
})();
