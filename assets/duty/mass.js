/* Mass events on the desk: those that go on, what is suggested as one, above the list; and which incidents of
   an open event are marked, to split them off or to take them out.

   ikomek.dutyMass   tick(): asks when it is time; heard(change, chosen): a change of an incident;
                     confirm(incidents, then): ask, and make one of what is marked in the list; then() where
                     it was done */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const EVERY_MS = 10000,
    SOON_MS = 1500,
    SHOWN = 3;
  const request = ikomek.latest();
  const marked = new Set();
  let nextAt = 0,
    found = null,
    unfolded = false,
    keys = new Map(); // of a click that may have to be sent again: what it is about -> its key

  function tick() {
    if (!byId("duty-mass")) return;
    showMarked();
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + EVERY_MS;
    request.ask(
      (signal) => ikomek.ask(`/layers/mass-events.json?lang=${ikomek.language}`, { signal }),
      (answer) => {
        found = answer;
        show();
      },
      () => {
        nextAt = performance.now() + EVERY_MS; // what is shown stays: the header says that nothing answers
      },
    );
  }
  const soon = () => {
    nextAt = Math.min(nextAt, performance.now() + SOON_MS);
  };

  function heard({ payload, previous }, chosen) {
    const groups = [payload?.group, previous?.group].filter(Boolean);
    if (!groups.length) return;
    soon();
    if (groups.some((group) => chosen === `m${group}`))
      window.dash_clientside.set_props("duty-card-pulse", { data: Date.now() });
  }

  /* ---- shown above the list ---- */

  function show() {
    const element = byId("duty-mass");
    if (!element || !found) return;
    const { events, suggestions } = found,
      key = JSON.stringify([ikomek.language, unfolded, events, suggestions]);
    element.hidden = !events.length && !suggestions.length;
    if (element.dataset.shown === key) return;
    const focused = document.activeElement?.closest?.("#duty-mass [data-key]")?.dataset.key;
    element.dataset.shown = key;
    const rows = [...suggestions.map(suggested), ...events.map(going)],
      shown = unfolded ? rows : rows.slice(0, SHOWN);
    const head = ikomek.node("h3", { text: ikomek.word("duty.mass.all") });
    head.append(
      ikomek.node("span", { class: "duty-quiet", text: headOf(events.length, suggestions.length) }),
    );
    const list = ikomek.node("ul", {});
    list.append(...shown);
    element.replaceChildren(head, list, ...more(rows.length));
    if (focused) element.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  /* How many go on; those that are only suggested are no events yet. */
  const headOf = (n, suggested) =>
    [
      n || !suggested ? ikomek.number(n) : "",
      suggested ? ikomek.word("duty.mass.suggested", { n: suggested }) : "",
    ]
      .filter(Boolean)
      .join(" · ");

  function more(n) {
    if (n <= SHOWN) return [];
    const text = unfolded ? ikomek.word("duty.mass.fewer") : ikomek.word("duty.mass.more", { n: n - SHOWN });
    const click = () => {
      unfolded = !unfolded;
      show();
    };
    return [ikomek.node("button", { class: "duty-chip", type: "button", text, click })];
  }

  function lines(name, about) {
    const what = ikomek.node("span", { class: "duty-what" });
    what.append(
      ikomek.node("span", { class: "duty-title", text: name }),
      ikomek.node("span", { class: "duty-location", text: about.filter(Boolean).join(" · ") }),
    );
    return what;
  }

  const counted = ({ n, inquiries }) => [
    ikomek.word("duty.mass.incidents", { n }),
    inquiries ? ikomek.word("duty.mass.inquiries", { n: inquiries }) : "",
  ];

  /* One that goes on: its number, and the way to its card. */
  function going(event) {
    const row = ikomek.node("li", { class: "duty-mass-event" }),
      link = ikomek.node("a", {
        class: "duty-row duty-row-mass",
        href: ikomek.dutyAddress.withEvent(event.id),
        "data-key": `e${event.id}`,
      });
    link.append(badge(event), lines(event.name, [event.number, ...counted(event)]));
    row.append(link);
    row.dataset.mass = event.id;
    if (event.lon !== null) row.dataset.point = `${event.lon.toFixed(6)},${event.lat.toFixed(6)}`;
    return row;
  }

  function badge({ n, kind }) {
    return ikomek.node("span", { class: "duty-mass-n", "data-kind": kind, text: ikomek.number(n) });
  }

  /* What could be one, by the radius and window of its category; or part of one that goes on. */
  function suggested(one) {
    const row = ikomek.node("li", { class: "duty-mass-suggested" }),
      key = `s${one.incidents[0]}`;
    const rule = one.event
      ? ikomek.word("duty.mass.near", { number: one.event.number })
      : one.cause
        ? ikomek.word("alarms.about.cause", { cause: one.cause })
        : ikomek.word("duty.mass.rule", {
            metres: ikomek.number(one.radius_m),
            t: Number.isInteger(one.window_h)
              ? ikomek.word("time.hours", { n: one.window_h })
              : ikomek.span(one.window_h * 3600),
          });
    const fly = ikomek.node("button", {
      class: "duty-row duty-row-mass",
      type: "button",
      "data-fly": `${one.lon.toFixed(6)},${one.lat.toFixed(6)}`,
      "data-key": key,
    });
    fly.append(
      badge(one),
      lines(one.name, [...counted(one), ikomek.word("duty.mass.since", { at: clockOf(one.began) }), rule]),
    );
    row.append(fly);
    if (byId("duty-mass").dataset.may === "yes") row.append(choices(one, key));
    return row;
  }

  const clockOf = (seconds) =>
    ikomek.nowSeconds() - seconds < 43200
      ? ikomek.clock(seconds)
      : `${ikomek.dayShort(seconds)} ${ikomek.clock(seconds)}`;

  function choices(one, key) {
    const box = ikomek.node("div", { class: "duty-acts" }),
      button = (name, text, click, main) =>
        ikomek.node("button", {
          class: `duty-act${main ? " duty-act-main" : ""}`,
          type: "button",
          text,
          click,
          "data-key": `${name}${key}`,
        });
    box.append(
      one.event
        ? button("j", ikomek.word("duty.mass.join"), () => join(one), true)
        : button("c", ikomek.word("duty.mass.confirm"), () => confirm(one.incidents), true),
      button("d", ikomek.word("duty.mass.dismiss"), () =>
        send("dismiss", { incidents: one.incidents }).then(gone(one)),
      ),
    );
    return box;
  }
  const gone = (one) => (done) => {
    if (!done) return;
    found = { ...found, suggestions: found.suggestions.filter((other) => other !== one) };
    show();
  };

  /* ---- done ---- */

  /* What lies near enough to be one is joined at once: that can be undone. Where somebody should know more,
     and where a part leaves an event, it is asked for first, as an action on many is. */
  async function askFirst(incidents, part, act) {
    try {
      const known = await ikomek.dutyActions.post("mass-events/preview", { incidents, part });
      if (part || known.warnings.length) ikomek.dutyActions.askFirst(known, act);
      else await act();
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      ikomek.dutyActions.refused(refused.message);
    }
  }
  const confirmMarked = (incidents, then) =>
    askFirst(incidents, false, async () => (await confirm(incidents)) && then());

  async function confirm(incidents) {
    const done = await send("confirm", { incidents });
    if (done) ikomek.dutyAddress.go(ikomek.dutyAddress.withEvent(done.event));
    return done;
  }

  async function join({ event, incidents }) {
    const done = await send(`${event.id}/join`, { version: event.version, wish: { incidents } });
    if (done) ikomek.dutyAddress.go(ikomek.dutyAddress.withEvent(event.id));
  }

  /* The same click again has the same key: what was done already is not done twice. */
  async function send(path, body) {
    const about = JSON.stringify([path, body]);
    if (!keys.has(about)) keys = new Map([[about, ikomek.dutyActions.uuid()]]);
    try {
      const done = await ikomek.dutyActions.post(`mass-events/${path}`, { key: keys.get(about), ...body });
      keys.delete(about);
      ikomek.dutyActions.publishDone(done);
      soon();
      return done;
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      ikomek.dutyActions.refused(refused.message);
      if (refused.status !== 0) keys.delete(about);
      soon();
      return null;
    }
  }

  /* ---- incidents of the card that are marked ---- */

  function showMarked() {
    const bar = byId("duty-mass-marked");
    if (!bar) {
      marked.clear();
      return;
    }
    const boxes = [...document.querySelectorAll(".duty-mark-member")],
      there = new Set(boxes.map((box) => Number(box.dataset.member)));
    for (const id of [...marked]) if (!there.has(id)) marked.delete(id);
    for (const box of boxes) {
      const on = String(marked.has(Number(box.dataset.member)));
      if (box.getAttribute("aria-checked") !== on) box.setAttribute("aria-checked", on);
    }
    bar.hidden = !marked.size;
    ikomek.put(bar.querySelector(".duty-selected"), ikomek.word("duty.selected", { n: marked.size }));
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.(".duty-mark-member"),
      act = event.target.closest?.("[data-mass-marked]");
    if (box) {
      const id = Number(box.dataset.member);
      if (!marked.delete(id)) marked.add(id);
      showMarked();
    } else if (act && marked.size) {
      // what was done is no part of the event any more, and so unmarked; what was refused stays marked
      const incidents = [...marked];
      askFirst(incidents, true, () => ikomek.dutyActions.beginGiven(act.dataset.massMarked, { incidents }));
    }
  });

  ikomek.dutyMass = { tick, heard, confirm: confirmMarked };
})();
