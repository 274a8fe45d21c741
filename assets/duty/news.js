/* What is new since the list of /map was read: counted from the live feed on a chip, taken by a click, or by
   itself where following is on; and whether the list is still the answer to what was asked.

   ikomek.dutyNews   forget(): the list was read; readAnew(): nobody knows what has changed;
                     note(change, view, filter): a change of an incident; take(): read the list anew;
                    show(view, chosen): draw it; isBehind(): is the list older than the live map;
                    isLate(): is it the answer to another question than the address's, for SHOWN_MS.
                     `view` is what was read, and when; `filter` that of the live set */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, put } = ikomek;
  const FOLLOW_MS = 5000,
    LATE_MS = 5000,
    SHOWN_MS = 400;
  const { asks } = ikomek.dutyAddress;
  const came = new Set(),
    left = new Set();
  let anew = false,
    followedAt = 0,
    follow = false,
    waitsSince = null,
    last = [null, null]; // view and chosen incident as they were shown

  function forget() {
    came.clear();
    left.clear();
    anew = false;
  }

  /* The list has it already when it was read at this version or after. */
  function note(change, view, filter) {
    const row = document.querySelector(`#duty-rows li[data-incident="${change.id}"]`);
    if (/^(precinct|street),/.test(view.query.area || "")) {
      anew = true;
      return;
    }
    // What has become part of a mass event has no row of its own any more.
    const group = (incident) => incident?.group ?? null;
    if (change.position > view.position && group(change.payload) !== group(change.previous)) anew = true;
    if (change.position <= view.position || (row && Number(row.dataset.version) >= change.version)) return;
    // What became overdue by the clock alone was not in the list as it was read.
    const is = belongs(change.payload, view, filter, ikomek.nowSeconds());
    const was =
      came.has(change.id) || (!left.has(change.id) && belongs(change.previous, view, filter, view.read_at));
    if (is && !was) {
      if (!left.delete(change.id)) came.add(change.id);
    }
    if (was && !is && !came.delete(change.id)) left.add(change.id);
  }

  /* Does the list of the moment `at`, seconds since 1970, hold it? */
  function belongs(incident, view, filter, at) {
    if (!incident || incident.vanished || (view.window === "live" && incident.status === "closed"))
      return false;
    if (view.query.point === "none" && incident.point) return false;
    if (view.query.building) return false;
    if (view.query.mass && String(incident.group) !== view.query.mass) return false;
    if (ikomek.dutyArea.isDrawn(view.query.area) && !ikomek.dutyArea.holds(view.query.area, incident.point))
      return false;
    return ikomek.passesFilter(
      incident,
      { ...filter, from: Math.max(view.since || 0, filter.from || 0) },
      at,
    );
  }

  function take() {
    followedAt = Date.now();
    window.dash_clientside.set_props("duty-pulse", { data: Date.now() });
  }

  function show(view, chosen) {
    const container = byId("duty-news");
    if (!container || !view) return;
    last = [view, chosen];
    const past = ikomek.dutyMachine.past(),
      any = !past && (anew || came.size || left.size),
      now = Date.now();
    if (any && follow && now - followedAt > FOLLOW_MS) take();
    if (!container.firstChild) build(container);
    const [read, chip, following, waits] = container.children;
    put(waits, showWaiting(view, chosen));
    put(
      read,
      past
        ? ikomek.dutyMachine.sentence()
        : ikomek.word("duty.as_of", { time: ikomek.clockSeconds(view.read_at) }),
    );
    const words = newsWords();
    put(chip, words);
    chip.hidden = !any || follow;
    showCounts(past ? ikomek.dutyMachine.sentence() : ikomek.clockSeconds(view.read_at), past, any && words);
    following.hidden = past;
    put(following, ikomek.word("duty.follow"));
    following.setAttribute("aria-pressed", String(follow));
    following.title = ikomek.word("duty.follow.title");
  }

  function newsWords() {
    const parts = [];
    if (came.size) parts.push(ikomek.word("duty.news", { n: came.size }));
    if (left.size) parts.push(ikomek.word("duty.news.gone", { n: left.size }));
    if (!parts.length && anew) parts.push(ikomek.word("duty.news.anew"));
    return parts.join(" · ");
  }

  /* The counts of the filters are of the same moment as the list, and say so beside it: a card covers the
     list, while the map goes on. */
  function showCounts(time, past, news) {
    const element = byId("duty-counts-at");
    if (!element.firstChild)
      element.append(
        ikomek.node("span", { class: "duty-quiet" }),
        ikomek.node("button", { class: "duty-chip", type: "button", click: take }),
      );
    const [at, chip] = element.children;
    put(at, past ? time : ikomek.word("duty.counts.as_of", { time }));
    put(chip, news || "");
    chip.hidden = !news;
  }

  /* The address is the question, the view names the one it answers: until they agree the list is that of
     an earlier one, and says so. */
  function showWaiting(view, chosen) {
    const page = byId("duty"),
      close = byId("duty-card-close");
    page.toggleAttribute("data-card-late", Boolean(close) && close.dataset.incident !== String(chosen));
    if (location.pathname !== ikomek.dutyAddress.PATH || asks(location.search) === asks(view.request))
      waitsSince = null;
    else if (waitsSince === null) waitsSince = performance.now();
    const plays = ikomek.dutyMachine.playing();
    if (plays) waitsSince = null;
    const waited = waitsSince === null ? 0 : performance.now() - waitsSince;
    page.toggleAttribute("data-list-late", plays || waited >= SHOWN_MS);
    if (plays) return ikomek.word("duty.machine.list_waits");
    return waited > LATE_MS
      ? ikomek.word("duty.list.unanswered", { part: ikomek.silentPart() })
      : waited >= SHOWN_MS
        ? ikomek.word("duty.list.waiting")
        : "";
  }

  function toggleFollow() {
    follow = !follow;
    show(...last);
  }

  function build(container) {
    const button = (id, name, click) => ikomek.node("button", { id, class: name, type: "button", click });
    container.append(
      ikomek.node("span", { id: "duty-read-at", class: "duty-quiet" }),
      button("duty-take", "duty-chip", take),
      button("duty-follow", "duty-chip duty-follow", toggleFollow),
      ikomek.node("span", { id: "duty-waits", class: "duty-waits", role: "status" }),
    );
  }

  ikomek.dutyNews = {
    forget,
    readAnew() {
      anew = true;
    },
    note,
    take,
    show,
    isBehind: () => anew || came.size + left.size > 0,
    isLate: () => waitsSince !== null && performance.now() - waitsSince >= SHOWN_MS,
    SHOWN_MS,
  };
})();
