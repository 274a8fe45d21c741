/* The wall: fills the places of a scene (dashboard/wall/scenes/frame.py) from the live feed and from the
   last figures, and never lets an old one look new. One timer drives it. A scene's state is the last
   figures of each panel; it begins anew with every scene.

   A kind of panel is one module beside this one: `ikomek.wall.panels.<kind> = {draw(panel, t), live,
   feeds(options)}`; `feeds` are the keys of what it counts: it is old when one of them is.
   `panel` is {element, body, kind, options, figures, readAt, position, old}; `figures` are those of
   layers/panels/kinds.py, none before the first read. A `live` one draws from the live feed and needs
   none. One that throws is marked, and the others go on. `t` is the server's clock, seconds since 1970. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, make, put } = ikomek;
  const SECOND = 1000,
    FIGURES_MS = 2000,
    QUIET_MS = 5000,
    LATE_MS = 5000,
    SOON_MS = 100,
    AGE_STEP_S = 5,
    SLOWEST_KEPT_S = 30;
  const state = {
    mode: "normal",
    kinds: new Set(),
    away: 0,
    lostAt: null,
    lostPart: null,
    moved: 0,
    begun: 0,
    drawn: 0,
    unknown: false,
    layout: "",
    element: null,
    spoken: false,
    panels: [],
    districts: new Map(),
    named: {},
    warned: new Set(),
    rows: [],
    t: 0,
    beat: 0,
    listed: true,
  };

  const word = (key, params) => ikomek.word(key, params);

  const show = (element, on) => {
    if (element && element.hidden === on) element.hidden = !on;
  };
  /* Replace the children when `key` is new. */
  function fill(element, key, build) {
    if (!element || element.dataset.key === key) return;
    element.replaceChildren(...build());
    element.dataset.key = key;
  }

  /* On a wall a length of time is one figure: its largest unit, never less than a step. */
  const age = (seconds) => ikomek.age(Math.max(AGE_STEP_S, seconds));
  const letterSize = () => parseFloat(getComputedStyle(state.element).fontSize);
  /* Language, theme and size: what a drawn row depends on besides its rows. */
  const looks = () => `${ikomek.language}|${document.documentElement.dataset.theme || ""}|${letterSize()}`;

  /* ---- the picture of now, for every panel ---- */
  const pressing = (incident, t) =>
    incident.status !== "closed" && (incident.priority >= 1 || ikomek.symbols.isDue(incident, t));
  /* Seconds to what presses: the deadline, before or after it, or the moment it was found urgent. */
  function nearness(incident, t) {
    const deadline = ikomek.symbols.isDue(incident, t) ? Math.abs(incident.due - t) : Infinity;
    return Math.min(deadline, incident.priority >= 1 ? t - incident.opened : Infinity);
  }
  /* What requires attention, critical first, then by what is nearest in time; a flood is one row of its
     own (wall/flood.js). */
  function attention(t) {
    if (!ikomek.live) return [];
    return [...ikomek.live.incidents.values()]
      .filter((incident) => pressing(incident, t) && !ikomek.wall.isFlooded(incident))
      .sort(
        (a, b) => (b.priority >= 2) - (a.priority >= 2) || nearness(a, t) - nearness(b, t) || b.id - a.id,
      );
  }
  /* Its category, district and performer by name, from whichever panel knows them. */
  function details(incident) {
    const panel = state.panels.find(({ figures }) => figures?.named?.[incident.id]);
    return panel ? panel.figures.named[incident.id] : state.named[incident.id] || {};
  }
  const title = (incident) =>
    incident.title || details(incident).category || word(`wall.kind.${incident.kind}`);
  /* Is it of the panel's kinds and district? A district that is not yet known holds none. */
  function within(incident, { kinds, district }) {
    return (
      (!kinds || kinds.includes(incident.kind)) &&
      (!district || incident.district === state.districts.get(district))
    );
  }
  function countIncidents() {
    state.kinds = new Set();
    state.away = 0;
    for (const incident of ikomek.live ? ikomek.live.incidents.values() : []) {
      state.kinds.add(incident.kind);
      if (!incident.point) state.away += 1;
    }
  }

  /* ---- panels ---- */
  function findPanels(element) {
    return [...element.querySelectorAll("[data-panel]")].map((holder) => ({
      element: holder,
      body: holder.querySelector(".wall-panel-body"),
      kind: holder.dataset.kind,
      options: JSON.parse(holder.dataset.options),
      place: holder.dataset.panel,
      figures: null,
      readAt: null,
      position: null,
      failed: false,
      old: false,
    }));
  }
  function take(picture) {
    if (!picture || !state.element || picture.scene !== state.element.dataset.scene) return;
    ikomek.wall.takeFloods(picture.panels.floods);
    if (picture.panels.card.figures) state.named = picture.panels.card.figures.named;
    for (const panel of state.panels) {
      const answer = picture.panels[panel.place];
      if (!answer) continue;
      panel.failed = answer.figures === null;
      if (panel.failed) continue;
      panel.figures = answer.figures;
      panel.readAt = answer.read_at;
      panel.position = answer.position;
      if (panel.options.district && answer.figures.district)
        state.districts.set(panel.options.district, answer.figures.district);
    }
  }
  /* For so long, in vain, that nothing to see is not nothing to tell. */
  const isLate = () => performance.now() - state.begun > LATE_MS;
  /* The live set is not known: it was never read, or a newer one is owed. */
  const isUnknown = () => Boolean(ikomek.live) && ikomek.live.awaited > LATE_MS;

  function drawPanels(t) {
    const refresh = Number(state.element.dataset.refresh);
    for (const panel of state.panels) {
      const { live } = ikomek.wall.panels[panel.kind] || {};
      if (live)
        Object.assign(panel, {
          old: state.unknown && ikomek.live.loaded,
          readAt: ikomek.live.loaded ? ikomek.live.asOf / SECOND : null,
        });
      else
        panel.old =
          panel.readAt != null &&
          t - panel.readAt > 3 * refresh + 2 + SLOWEST_KEPT_S * (panel.kind !== "figures");
      drawPanel(panel, t);
    }
  }
  function drawPanel(panel, t) {
    const renderer = ikomek.wall.panels[panel.kind];
    const count = panel.element.querySelector(".wall-panel-count.wall-panel-failed");
    let thrown = false;
    if (count) put(count, "");
    const missing = !panel.figures && renderer && !renderer.live && isLate();
    try {
      if (renderer && (panel.figures || renderer.live)) renderer.draw(panel, t);
    } catch (error) {
      thrown = true;
      warnOnce(panel.kind, error);
    }
    const unread = thrown || missing || (panel.failed && !panel.readAt),
      text = unread
        ? word("wall.panel.failed")
        : ikomek.wall.oldness(panel, ikomek.wall.feedsOf(panel), t)?.long;
    panel.element.classList.toggle("old", Boolean(text));
    mark(panel, text);
  }
  /* A panel that is not of now says so beside its title, in place of its count. Boxes of figures say it
     each by itself. */
  function mark(panel, text) {
    const badge = panel.element.querySelector(".wall-panel-count");
    if (!badge && text && panel.body && !panel.figures && !panel.body.firstChild)
      panel.body.append(make("div", "wall-panel-failed", text));
    if (!badge) return;
    badge.classList.toggle("wall-panel-failed", Boolean(text));
    if (text) put(badge, text);
  }
  function warnOnce(kind, error) {
    if (state.warned.has(kind)) return;
    state.warned.add(kind);
    console.warn(`wall panel ${kind}:`, error);
  }

  /* ---- header, footer ---- */
  function showTime(t) {
    put(byId("wall-clock"), ikomek.clock(t));
    put(byId("wall-weekday"), ikomek.weekday(t));
    put(byId("wall-date"), ikomek.dayText(t));
  }
  /* [what is said of a feed, the same in few words]; the second is none for one that is heard. */
  function feedText(key, feed, t) {
    const known = `wall.feed.${key}`,
      name = word(known) === known ? key : word(known);
    if (!feed || feed.polled_at == null)
      return [word("wall.feed.never", { name }), word("wall.feed.never", { name })];
    const parameters = { name, age: age(t - feed.polled_at), time: ikomek.clock(feed.polled_at) };
    return ikomek.feedIsStale(feed, t)
      ? [word("wall.feed.stale", parameters), word("wall.feed.stale_short", parameters)]
      : [`${name}: ${parameters.age}`];
  }
  /* Those the scene names, and whatever else feeds the map, of those that this city has: a source of it is
     declared, or rows of it came once. */
  function footerFeeds() {
    const has = (feed) => feed && (feed.expected || feed.polled_at != null || feed.failed_at != null);
    const named = state.element.dataset.feeds.split(" ").filter((key) => has(ikomek.feeds.get(key)));
    const others = [...ikomek.feeds.values()].filter(
      (feed) => feed.layer === "incidents" && has(feed) && !named.includes(feed.key),
    );
    return [...named, ...others.map((feed) => feed.key)];
  }
  function footerItems(t) {
    if (!ikomek.live?.tick) return [];
    const items = footerFeeds()
      .map((key) => feedText(key, ikomek.feeds.get(key), t))
      .sort((a, b) => b.length - a.length);
    if (!items.length) items.push([word("wall.feed.none"), word("wall.feed.none")]);
    if (ikomek.live.loaded)
      items.unshift([word("wall.no_coordinates", { count: ikomek.number(state.away) })]);
    return items;
  }
  const footerItem = ([long, short]) =>
    short
      ? make("span", "stale", make("span", "long", long), make("span", "short", short))
      : make("span", "", long);
  function showFooter(t) {
    const items = footerItems(t);
    fill(byId("wall-feeds"), JSON.stringify(items), () => items.map(footerItem));
    put(byId("wall-state"), word(`wall.state.${state.mode}`));
  }
  /* A lost connection takes the header: no figure in it is of now. */
  function showLost(t) {
    const lost = state.lostAt != null,
      line = byId("wall-lost");
    state.element.classList.toggle("lost", lost);
    if (lost && !line.firstChild) line.append(make("span", "long"), make("span", "short"));
    if (!lost && line.firstChild) line.replaceChildren();
    if (!lost) return;
    const parameters = { time: ikomek.clock(state.lostAt), age: age(t - state.lostAt) };
    put(line.children[0], word(`wall.lost.${state.lostPart}`, parameters));
    put(line.children[1], word(`wall.lost_short.${state.lostPart}`, parameters));
  }
  /* The strip says in one word what the banner over it has no line for. */
  function showMode() {
    const shown = [...document.querySelectorAll("#shell-banners > *")]
      .map((banner) => banner.dataset.banner)
      .filter((name) => name !== "lost");
    put(byId("wall-mode"), shown.map((name) => word(`wall.banner.${name}`)).join(" · "));
    const name = shown[0] || "";
    if (state.element.dataset.banner !== name) state.element.dataset.banner = name;
  }

  /* ---- the one timer ---- */
  function paint() {
    if (!state.spoken || !document.contains(state.element)) return;
    const t = ikomek.nowSeconds(),
      unknown = isUnknown(),
      turned = ikomek.wall.settleFloods(t),
      { key } = ikomek.wall.layout(state.element);
    const due =
      turned ||
      performance.now() - state.drawn >= FIGURES_MS ||
      unknown !== state.unknown ||
      key !== state.layout;
    Object.assign(state, { t, unknown, layout: key, rows: attention(t) });
    if (due) state.beat = ikomek.wall.beatOf(t);
    showTime(t);
    showMode();
    showLost(t);
    if (due) {
      countIncidents();
      drawPanels(t);
      ikomek.wall.showLegend(state.rows);
      ikomek.wall.showFlood(
        Math.max(0, ...[...ikomek.maps.values()].map(({ incidents }) => incidents.groups())),
      );
      showFooter(t);
      state.drawn = performance.now();
    }
    ikomek.wall.arrange(t);
    ikomek.wall.sizeMaps();
    ikomek.wall.frameDistricts();
    ikomek.wall.followBand(state.element);
    ikomek.wall.keepRoom();
    state.element.classList.toggle("quiet", performance.now() - state.moved > QUIET_MS);
  }

  function heard(message) {
    if (message.type === "tick" && message.mode) state.mode = message.mode;
    else if (message.type === "change" && message.noun === "mode") state.mode = message.payload.mode;
    else if (message.type === "lost") setLost(ikomek.nowSeconds() - message.age / 1000, message.part);
    else if (message.type === "back") setLost(null, null);
    if (message.type === "change") paintSoon();
    else if (message.type !== "tick") paint();
  }
  /* Many changes of a burst come at once: they are painted together. */
  let soon = null;
  function paintSoon() {
    if (soon) return;
    soon = setTimeout(() => {
      soon = null;
      paint();
    }, SOON_MS);
  }
  /* `at`: as of when the picture is the last one that was whole, and which part is away; null: it is of
     now. */
  function setLost(at, part) {
    Object.assign(state, { lostAt: at, lostPart: part });
    if (state.element && window.dash_clientside?.set_props)
      window.dash_clientside.set_props("wall-refresh", { disabled: at !== null });
  }

  async function begin(element) {
    Object.assign(state, {
      element,
      panels: findPanels(element),
      moved: performance.now() - QUIET_MS,
      begun: performance.now(),
      drawn: 0,
      spoken: false,
    });
    document.documentElement.dataset.theme = element.dataset.theme;
    await ikomek.words;
    if (element.dataset.lang !== ikomek.language) await ikomek.speak(element.dataset.lang);
    state.spoken = true;
    paint();
  }
  /* Take up a scene that has just come; whether there was one. */
  function takeUp() {
    const element = byId("wall");
    if (!element || element === state.element) return false;
    begin(element).catch((error) => {
      console.error("wall:", error);
      if (element === state.element) state.element = null;
    });
    return true;
  }
  function look() {
    if (!takeUp()) paint();
  }

  ikomek.wall = Object.assign(ikomek.wall || {}, {
    state,
    panels: {},
    word,
    put,
    show,
    make,
    fill,
    age,
    looks,
    letterSize,
    attention,
    details,
    title,
    within,
    redraw() {
      state.drawn = 0;
      paint();
    },
  });
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.ikomek = Object.assign(window.dash_clientside.ikomek || {}, {
    /* The first figures may be there before the timer has seen the scene. */
    showPicture(picture) {
      takeUp();
      const first = state.panels.every((panel) => panel.figures == null);
      take(picture);
      if (first) ikomek.wall.redraw();
      return window.dash_clientside.no_update;
    },
  });
  document.addEventListener("mousemove", () => {
    state.moved = performance.now();
  });
  setInterval(look, SECOND / 2);
  (function listen() {
    if (ikomek.live) ikomek.live.on(heard);
    else setTimeout(listen, 50);
  })();
})();
