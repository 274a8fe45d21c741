/* Who else looks at the incident of the card, and who is writing about it: told by each open card every few
   seconds and when that changes, heard by the live feed. While the connection is lost nobody knows. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const BEAT_MS = 10000,
    AWAY_MS = 32000,
    TICK_MS = 500,
    SHOWN = 5;
  const people = new Map(),
    heardAt = new Map(); // of whom the live feed has told last, and when
  let incident = null,
    writing = false,
    me = null,
    beatAt = 0;

  const post = (id, body, init) => ikomek.send(`/api/v1/incidents/${id}/viewers`, body, init);

  async function beat() {
    const wanted = incident,
      requestedAt = performance.now();
    beatAt = requestedAt;
    try {
      const answer = await post(wanted, { writing });
      if (wanted !== incident || requestedAt !== beatAt) return;
      me = answer.me;
      take(answer.viewers, requestedAt);
      show();
    } catch (refused) {
      // Of a server that is away the live feed tells; who was here ages out meanwhile.
      if (!(refused instanceof ikomek.Refused)) throw refused;
    }
  }

  /* What was heard since the question is newer than its answer. */
  function take(viewers, requestedAt) {
    const isOlder = (who) => !(heardAt.get(who) > requestedAt);
    for (const who of [...people.keys()].filter(isOlder)) people.delete(who);
    for (const { who, writing } of viewers)
      if (isOlder(who)) people.set(who, { writing, at: performance.now() });
  }

  function leave() {
    if (incident === null) return;
    const left = incident;
    incident = null;
    people.clear();
    heardAt.clear();
    post(left, { gone: true }, { keepalive: true }).catch(() => {}); // unheard, it ends by itself in 30 s
  }

  function heard(message) {
    if (message.type !== "change" || message.noun !== "viewer" || message.id !== incident) return;
    const { who, writing, gone } = message.payload;
    heardAt.set(who, performance.now());
    if (gone) people.delete(who);
    else people.set(who, { writing, at: performance.now() });
    show();
  }

  /* A form that holds words. */
  const isWriting = () =>
    [...document.querySelectorAll("#duty-dock [data-form]:not([hidden]) textarea")].some((field) =>
      field.value.trim(),
    );

  const openCard = () => Number(byId("duty-viewers")?.dataset.incident) || null;

  function tick() {
    const seen = document.hidden ? null : openCard(),
      writes = isWriting();
    if (seen !== incident) {
      leave();
      incident = seen;
      writing = writes;
      if (incident !== null) beat();
    } else if (incident !== null && (writes !== writing || performance.now() - beatAt > BEAT_MS)) {
      writing = writes;
      beat();
    }
    show();
  }

  function others() {
    for (const [who, { at }] of people) if (performance.now() - at > AWAY_MS) people.delete(who);
    return [...people].filter(([who]) => who !== me).sort(([a], [b]) => a.localeCompare(b));
  }

  function show() {
    const element = byId("duty-viewers");
    if (!element) return;
    const there = others(),
      lost = ikomek.live.lost,
      key = lost ? "lost" : JSON.stringify(there.map(([who, { writing }]) => [who, writing]));
    if (element.dataset.shown === key) return;
    element.dataset.shown = key;
    element.hidden = !lost && !there.length;
    element.replaceChildren();
    if (element.hidden) return;
    element.append(text("h3", ikomek.word("duty.viewers")));
    if (lost) element.append(text("span", ikomek.word("duty.viewers.unknown")));
    else draw(element, there);
  }

  function draw(element, there) {
    for (const [who] of there.slice(0, SHOWN)) {
      const badge = text("span", initials(who));
      badge.className = "duty-viewer";
      badge.title = who;
      badge.setAttribute("role", "img");
      badge.setAttribute("aria-label", who);
      element.append(badge);
    }
    const writers = there.filter(([, { writing }]) => writing).map(([who]) => who),
      line = writers.length
        ? ikomek.word("duty.viewers.writing", { who: writers.join(", ") })
        : there.map(([who]) => who).join(", ");
    element.append(text("span", line));
  }

  /* "a.seitov" -> "AS", "duty" -> "DU". */
  function initials(who) {
    const parts = who.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    return (parts.length > 1 ? parts[0][0] + parts[1][0] : who.slice(0, 2)).toUpperCase();
  }

  const text = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });

  document.addEventListener("DOMContentLoaded", () => {
    ikomek.live.on(heard);
    ikomek.words.then(() => setInterval(tick, TICK_MS));
  });
  addEventListener("pagehide", leave);
})();
