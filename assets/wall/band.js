/* The card of a critical incident, and, where the layout has no list, the band of the most urgent problem:
   what, where, how late, with its symbol. It takes height from the map and never lies on it (on a desk's
   layout it may lie in a corner of the map).

   What does not fit goes in this order: facts, kind, district, how many more there are, the greater size of
   the title; then the time stands beside the address, the title gives way to its category, and of the
   address what follows street and house. What happened gives way to its kind last, after the card has taken
   more of the map than it else may. The symbol, some title, the time and the address of what is critical
   never go. Several problems alternate; a critical incident does not. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall,
    { byId } = ikomek;
  const { word, put, make, fill, show } = wall;
  const TURN_S = 10,
    STREET_AND_HOUSE = 2,
    MOST = 12,
    SYMBOL = 1.15;
  /* The share of the height below the strip that the card may take: the map keeps the rest, beside a
     problem that is not critical at least `GOOD_MAP` of the whole height. Up to `MOST_SHARE` it takes before
     it says no more than its kind. */
  const SHARE = 0.5,
    MOST_SHARE = 0.72,
    GOOD_MAP = 0.45,
    LEAST_MAP = 0.3;

  /* ---- whose card ---- */
  const critical = (rows) =>
    rows.filter((incident) => incident.priority >= 2).sort((a, b) => b.opened - a.opened);
  function chosenCritical(rows) {
    const all = critical(rows),
      turn = ikomek.wallTurn?.();
    return {
      incident: (turn && all.find(({ id }) => id === turn.id)) || all[0] || null,
      more: all.length - 1,
      critical: true,
    };
  }
  /* The problem that is shown now, in turn, of those of the scene's lists and maps. */
  function problem(rows, t) {
    const rooms = wall.state.panels.filter(
      ({ kind, options }) => kind === "attention" || (kind === "map" && options.layers.includes("incidents")),
    );
    const mine = rows.filter((incident) => rooms.some(({ options }) => wall.within(incident, options))),
      shown = mine.slice(0, MOST);
    return {
      incident: shown.length ? shown[Math.floor(t / TURN_S) % shown.length] : null,
      more: mine.length - 1,
      critical: false,
    };
  }
  wall.bandFor = function (rows, t, listed) {
    const first = chosenCritical(rows);
    return first.incident || listed ? first : problem(rows, t);
  };
  const isStrip = () => wall.state.element.classList.contains("wall-strip");
  wall.bandKey = ({ incident, more, critical: red }) =>
    incident
      ? JSON.stringify([
          wall.looks(),
          isStrip(),
          red,
          incident.id,
          incident.version,
          wall.details(incident),
          more,
          look(incident),
        ])
      : "";

  /* ---- its words ---- */
  function look(incident) {
    const { t } = wall.state;
    return {
      kind: incident.kind,
      priority: incident.priority,
      due: ikomek.symbols.isDue(incident, t),
      stale: ikomek.staleFeeds(t).has(incident.feed),
    };
  }
  const symbol = (incident) =>
    ikomek.symbols.image(
      (wall.letterSize() * SYMBOL) / (incident.priority >= 2 ? 4.5 : 2.24),
      look(incident),
    );
  /* Titles from long to short, each once. */
  function titles(incident) {
    const all = [
      wall.title(incident),
      wall.details(incident).category,
      word(`wall.one.${incident.kind}`),
    ].filter(Boolean);
    return [...new Set(all)].filter((shorter, i) => i === 0 || shorter.length < all[0].length);
  }
  function build({ incident, more, critical: red }) {
    const named = wall.details(incident),
      merged = incident.inquiries > 1 ? word("wall.merged", { n: incident.inquiries }) : null;
    const facts = [merged, named.performer ? word("wall.performer", { name: named.performer }) : null]
      .filter(Boolean)
      .join(" · ");
    const others =
      more > 0 ? make("span", "others", word(red ? "wall.more_critical" : "wall.more", { n: more })) : null;
    const where = [
      incident.address || word("wall.no_place"),
      named.district && word(isStrip() ? "wall.district.short" : "wall.district", { name: named.district }),
    ];
    const head = make(
      "div",
      "head",
      make("span", "sign", symbol(incident)),
      make("div", "what", titles(incident)[0]),
      red ? null : make("div", "when"),
    );
    const foot = red
      ? make(
          "div",
          "foot",
          make("span", "kind", `${word(`wall.one.${incident.kind}`)} · ${word("wall.critical")}`),
          others,
          make("span", "ago"),
        )
      : null;
    return [
      head,
      make(
        "div",
        "where",
        make("span", "address", where[0]),
        where[1] ? make("span", "area", where[1]) : null,
        red ? make("span", "since") : others,
      ),
      facts ? factsOf(facts, merged) : null,
      foot,
    ].filter(Boolean);
  }
  function factsOf(all, merged) {
    const element = make("div", "facts", all);
    Object.assign(element.dataset, { all, brief: merged || all });
    return element;
  }
  wall.drawBand = function (band) {
    const card = byId("wall-card");
    if (!card) return;
    fill(card, wall.bandKey(band), () => (band.incident ? build(band) : []));
    card.incident = band.incident;
    if (!band.incident) return;
    const elapsed = wall.elapsed(band.incident.opened);
    put(card.querySelector(".ago"), word("wall.ago", { time: elapsed }));
    put(card.querySelector(".since"), elapsed);
    put(card.querySelector(".when"), wall.when(band.incident)[0]);
  };

  /* ---- its size ---- */
  /* What to give up where it is too high, and where a word is too wide. */
  function steps(card, toKind) {
    const one = (name) => card.querySelector(name),
      kind = word(`wall.one.${card.incident.kind}`),
      names = titles(card.incident).filter((name, i) => i === 0 || toKind || name !== kind),
      title = one(".what");
    const hide = (name) => () => show(one(name), false),
      mark = (name) => () => card.classList.add(name),
      shortened = names.slice(1).map((text) => () => put(title, text)),
      less = addresses(card.incident)
        .slice(1)
        .map((text) => () => put(one(".address"), text));
    const parts = [hide(".facts"), hide(".kind"), hide(".area"), hide(".others")],
      red = card.incident.priority >= 2;
    return {
      high: red
        ? [...parts, mark("tight"), mark("beside"), ...shortened, ...less]
        : [...parts, mark("tight"), ...less, hide(".address"), ...shortened],
      wide: [mark("tight"), mark("below"), hide(".area"), ...shortened],
    };
  }
  /* From the whole address to street and house: "street, house, entrance" is cut at its commas. */
  function addresses({ address }) {
    const parts = (address || "").split(/,\s*/);
    return parts.slice(STREET_AND_HOUSE - 1).map((_, i) => parts.slice(0, parts.length - i).join(", "));
  }
  function reset(card) {
    card.querySelectorAll("[hidden]").forEach((element) => show(element, true));
    put(card.querySelector(".what"), titles(card.incident)[0]);
    const facts = card.querySelector(".facts");
    put(facts, facts?.dataset.all);
    if (card.incident.address) put(card.querySelector(".address"), card.incident.address);
    card.classList.remove("tight", "below", "beside");
  }
  const wide = (card) =>
    [card, ...card.querySelectorAll("*")].some(
      (element) =>
        element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline",
    );
  function room(root, card, layout, share = SHARE) {
    const within = card.classList.contains("over") ? card.parentElement : root,
      bar = root.querySelector(".wall-header").offsetHeight;
    const left =
      within.clientHeight -
      (within === root && layout.strip ? bar : 0) -
      (byId("wall-flood")?.offsetHeight || 0);
    return layout.strip && card.incident.priority < 2
      ? Math.min(left * share, left - within.clientHeight * GOOD_MAP)
      : left * share;
  }
  wall.fitBand = function (root, layout) {
    const card = byId("wall-card");
    if (!card?.incident) {
      if (card && card.className !== "wall-card") card.className = "wall-card";
      return;
    }
    const red = card.incident.priority >= 2,
      inMap = card.parentElement.classList.contains("wall-panel-map");
    const over = root.classList.contains("wall-desk") && inMap;
    card.className = `wall-card ${red ? "critical" : "problem"}${over ? " over" : ""}`;
    /* Below the sign of a flood. */
    card.style.marginTop = over ? `${byId("wall-flood")?.offsetHeight || 0}px` : "";
    shortenFor(root, card, layout);
    /* The sign of a flood gives way to what is critical where a strip leaves a map no room beside both. */
    const sign = byId("wall-flood");
    if (red && layout.strip && sign?.offsetHeight && leavesLittle(root, [card, sign])) {
      show(sign, false);
      shortenFor(root, card, layout);
    }
    const facts = card.querySelector(".facts");
    if (facts && !over && facts.offsetHeight > 1.9 * wall.letterSize()) put(facts, facts.dataset.brief);
    closeUp(card);
    giveBack(card);
    if (over) put(card, card.textContent, `${card.className}${corner(card)}`);
  };
  /* Says whether it fits. */
  function shorten(card, most, toKind = true) {
    const left = steps(card, toKind);
    reset(card);
    for (;;) {
      const reason = wide(card) ? left.wide : card.offsetHeight > most ? left.high : null;
      if (!reason) return true;
      if (!reason.length) return false;
      reason.shift()();
    }
  }
  function shortenFor(root, card, layout) {
    for (const share of [SHARE, MOST_SHARE])
      if (shorten(card, room(root, card, layout, share), false)) return;
    shorten(card, room(root, card, layout));
  }
  /* Where the scene has no room beside the card it fills the place of the scene: what went comes back as
     far as there is room, and letters grow as long as every word stays whole. */
  const GROWN = [1.6, 1.45, 1.3, 1.15];
  wall.standAlone = function (root) {
    const card = byId("wall-card");
    if (!card?.incident) return;
    const all = root.querySelector(".wall-body").offsetHeight + card.offsetHeight,
      fits = () => !wide(card) && card.offsetHeight <= all;
    if (!shorten(card, all, false)) shorten(card, all);
    for (const name of ["beside", "tight", "below"]) {
      if (!card.classList.contains(name)) continue;
      card.classList.remove(name);
      if (!fits()) card.classList.add(name);
    }
    for (const part of card.querySelectorAll("[hidden]")) {
      show(part, true);
      if (!fits()) show(part, false);
    }
    const grows = GROWN.some((grown) => {
      card.style.setProperty("--grown", grown);
      return fits();
    });
    if (!grows) card.style.removeProperty("--grown");
    root.classList.add("wall-alone");
  };
  wall.standBeside = function (root) {
    root.classList.remove("wall-alone");
    byId("wall-card")?.style.removeProperty("--grown");
  };
  const leavesLittle = (root, parts) =>
    parts.reduce((left, part) => left - part.offsetHeight, root.clientHeight) -
      root.querySelector(".wall-header").offsetHeight <
    LEAST_MAP * root.clientHeight;
  /* The time, which went below a long title, stands beside a short one again. */
  function closeUp(card) {
    if (!card.classList.contains("below")) return;
    const before = card.offsetHeight;
    card.classList.remove("below");
    if (wide(card) || card.offsetHeight >= before) card.classList.add("below");
  }
  /* What went for the height and needs none: it stands in a line that is there anyway. */
  function giveBack(card) {
    const before = card.offsetHeight;
    for (const name of [".others", ".kind", ".area"]) {
      const part = card.querySelector(name);
      if (!part?.hidden) continue;
      show(part, true);
      if (wide(card) || card.offsetHeight > before) show(part, false);
    }
  }
  /* The card stands where it does not cover what it speaks of: on the map at home, or in its middle while
     that has the wall. */
  function corner(card) {
    const handle = ikomek.maps?.get("ikomek-map-wall"),
      { incident } = card;
    if (!handle || !incident.point) return "";
    const panel = card.parentElement,
      has = ikomek.wallTurn?.()?.id === incident.id,
      margin = wall.letterSize() * 3;
    const { x, y } = standsAt(handle, incident, has ? incident.point : null),
      { offsetLeft, offsetTop } = stageOf(handle);
    const width = card.offsetWidth + margin,
      height = card.offsetHeight + margin;
    if (x + offsetLeft > width || y + offsetTop > height) return "";
    return panel.clientWidth > 2 * width ? " right" : " low";
  }

  /* ---- its symbol ---- */
  const FREE = 0.22;
  /* The map moves once so that the symbol stands free, and goes back when it may. An incident whose turn
     it is has the wall already (wall/turns.js); on a desk's layout the map stays where it is. Whether it
     moves is a matter of where the symbol stands at home: not of where the map was, nor of the part of the
     map that this screen shows. */
  wall.followBand = function (root) {
    const card = byId("wall-card"),
      incident = card?.incident,
      mine = !ikomek.wallTurn?.();
    const speaks =
      mine &&
      incident?.point &&
      !root.classList.contains("wall-desk") &&
      (!wall.state.listed || incident.priority >= 2);
    const handle = speaks ? wall.mapOf(incident) : null,
      wanted = handle?.go && !isFree(handle, incident) ? `${incident.id}|${incident.point}` : "";
    const { followed } = root;
    /* A map of another size has other parts, and its view is at home. */
    if (followed && followed.wanted === wanted && followed.go === handle?.go) return;
    if (followed && mine) followed.handle.home();
    root.followed = wanted ? { wanted, handle, go: handle.go } : null;
    if (wanted) handle.go([incident.point[1], incident.point[0]], 0);
  };
  const stageOf = ({ map }) => map.getContainer().closest(".wall-stage");
  /* Where an incident stands on its stage, CSS pixels, while the middle of the map is `middle` ([lon,
     lat], none: that of its home). */
  function standsAt(handle, { point }, middle) {
    const { clientWidth, clientHeight } = stageOf(handle),
      away = handle.offHome(point).subtract(middle ? handle.offHome(middle) : [0, 0]);
    return { x: clientWidth / 2 + away.x, y: clientHeight / 2 + away.y };
  }
  /* A map of one district stays as it is while the symbol is in it whole: moving it would cut the
     district. */
  function isFree(handle, incident) {
    const stage = stageOf(handle),
      { x, y } = standsAt(handle, incident, null),
      reach = ikomek.symbols.reach(handle.incidents.options.size, { priority: incident.priority }),
      edge = (all) => (stage.dataset.focus ? reach : all * FREE),
      free = (value, all) => value > edge(all) && value < all - edge(all);
    return free(x, stage.clientWidth) && free(y, stage.clientHeight);
  }
})();
