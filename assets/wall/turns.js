/* The conductor of a wall: which scene runs, and which critical incident has the wall, from the server's
   clock and the told state alone, so that screens agree without speaking to one another and one that
   restarts rejoins. `dashboard/wall/playlists.py` reckons alike, `geo/wall.py` says what the state is.

   ikomek.wallTurn()             the incident (its payload) that has the wall now, or null. A document
                                 event "ikomek:turn" tells when that changes.
   ikomek.wallRunning(turns, t)  the scene of a playlist at a moment, seconds since 1970. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  /* A scene is built before its turn, `LEAD_S` or as long as the last ones took twice over (sooner than
     the shortest turn: a playlist of shorter turns than a screen needs to draw is not in step), and shown
     at its turn; one that is not drawn by then is waited for, `PATIENCE_S` at most. One that is not there
     is built once more, in beats, of which a busy page has few: soon after the page has answered for it,
     late where it never did. */
  const STEP_MS = 100,
    CLOSER = 2,
    LEAD_S = [4, 12],
    FORGETS = 0.7,
    PATIENCE_S = 2,
    ANSWERED_BEATS = 30,
    UNANSWERED_BEATS = 150;
  const conductor = {
    element: null,
    show: null,
    state: { version: -1, turns: [], holds: {} },
    scene: null,
    showAt: 0,
    shown: false,
    last: null,
    building: null,
    begun: null,
    took: 2.5,
    incident: null,
    history: [],
  };

  /* A state that is not newer than the one held is ignored: a tick may have been read before a change that
     came first. */
  function take(newer) {
    if (newer && (newer.version > conductor.state.version || conductor.state.version < 0))
      conductor.state = newer;
  }
  function startOver() {
    conductor.state.version = -1;
  }

  /* ---- the playlist ---- */
  /* The city's weekday (1 = Monday) and minute of the day at `t`. */
  let local = { minute: null, day: 0, at: 0 };
  function localTime(t) {
    const minute = Math.floor(t / 60);
    if (local.minute !== minute) {
      const parts = new Intl.DateTimeFormat("en-GB", {
          timeZone: document.documentElement.dataset.zone || undefined,
          weekday: "short",
          hour: "2-digit",
          minute: "2-digit",
          hourCycle: "h23",
        }).formatToParts(new Date(minute * 60000)),
        of = (type) => parts.find((part) => part.type === type).value;
      local = {
        minute,
        day: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(of("weekday")) + 1,
        at: Number(of("hour")) * 60 + Number(of("minute")),
      };
    }
    return local;
  }
  /* `when`: {days, from, until (minutes of the day)}, none = always. From a later to an earlier time is
     over midnight. */
  function isOn(when, t) {
    if (!when) return true;
    const { day, at } = localTime(t),
      { days, from, until } = when;
    return (
      (!days || days.includes(day)) && (from <= until ? from <= at && at < until : at >= from || at < until)
    );
  }
  function running(turns, t) {
    const open = turns.filter(([, , when]) => isOn(when, t)),
      all = open.length ? open : turns;
    let left = t % all.reduce((sum, [, seconds]) => sum + seconds, 0);
    for (const [scene, seconds] of all) {
      left -= seconds;
      if (left < 0) return scene;
    }
    return all[all.length - 1][0];
  }

  /* The incident that has the wall at `t`. One that has gone from the live set has given it back, whatever
     the state still says. */
  function onTurn(t) {
    const turn = conductor.state.turns.find((one) => one.from <= t && t < one.until);
    const incident = turn && ikomek.live?.incidents.get(turn.incident);
    return incident && incident.priority >= 2 ? incident : null;
  }
  function sceneOf(incident, t) {
    const { show, state: newer } = conductor,
      hold = newer.holds[show.key];
    if (incident) return show.critical;
    return hold && t < hold.until && show.turns.some(([scene]) => scene === hold.scene)
      ? hold.scene
      : running(show.turns, t);
  }

  /* ---- the scene ---- */
  function put(data) {
    window.dash_clientside.set_props("wall-turn", { data });
  }
  /* Build a scene. It is shown at `at`, seconds since 1970; at once if that is none. */
  function change(scene, at) {
    if (at != null) ikomek.wallCurtain.up();
    Object.assign(conductor, {
      scene,
      showAt: at ?? 0,
      shown: false,
      last: byId("wall"),
      building: { beats: 0, answered: false },
      begun: ikomek.nowSeconds(),
    });
    conductor.history = [...conductor.history.slice(-19), [scene, ikomek.nowSeconds()]];
    put(null);
    requestAnimationFrame(() => {
      if (conductor.scene === scene) put(scene);
    });
  }
  /* Show what was built: at its moment, once it is drawn. */
  function showWhenDue(t) {
    const { scene, showAt, shown } = conductor;
    if (
      shown ||
      t < showAt ||
      (showAt && t < showAt + PATIENCE_S && !ikomek.wallCurtain.ready(scene, conductor.last))
    )
      return;
    conductor.shown = true;
    ikomek.wallCurtain.down();
    conductor.element.dataset.shown = scene;
  }
  /* How long a scene takes until it is drawn, seconds: the longest of late, forgotten in time. */
  function clockBuild(t) {
    const { begun, took, scene, last } = conductor;
    if (begun !== null && ikomek.wallCurtain.ready(scene, last))
      Object.assign(conductor, { begun: null, took: Math.max(t - begun, FORGETS * took) });
  }
  /* A scene that did not come, or was patched into the element of the last one, is built once more. One
     that came lets the element of the last one go. */
  function rebuild() {
    const wall = byId("wall"),
      { building, scene, last, showAt } = conductor;
    if (!building) return;
    building.beats += 1;
    if (wall && wall !== last && wall.dataset.scene === scene)
      Object.assign(conductor, { building: null, last: null });
    else if (building.beats > (building.answered ? ANSWERED_BEATS : UNANSWERED_BEATS))
      change(scene, showAt || null);
  }
  /* The page's answer to `put`: what the place of the scene is to hold. */
  function answer(scene, frames) {
    const { building } = conductor;
    if (building && scene === conductor.scene) Object.assign(building, { beats: 0, answered: true });
    return scene ? frames[scene] : [];
  }
  /* The moment at which a playlist changes next within the lead, to the scene it changes to; none where it
     does not. */
  function upcoming(t) {
    const lead = Math.min(
      Math.max(LEAD_S[0], 2 * conductor.took + 1),
      LEAD_S[1],
      0.8 * Math.min(...conductor.show.turns.map(([, seconds]) => seconds)),
    );
    const turned = sceneOf(null, t),
      next = sceneOf(null, t + lead);
    if (turned === next) return null;
    let [low, high] = [t, t + lead];
    while (high - low > 0.005) {
      const middle = (low + high) / 2;
      if (sceneOf(null, middle) === turned) low = middle;
      else high = middle;
    }
    return [next, high];
  }
  const answers = (window.dash_clientside = window.dash_clientside || {});
  answers.ikomek = Object.assign(answers.ikomek || {}, { showScene: answer });

  /* ---- the map ---- */
  function centre() {
    const { incident } = conductor;
    for (const handle of ikomek.maps.values()) if (handle.home) handle.home();
    const handle = incident?.point && ikomek.wall.mapOf(incident);
    if (handle?.go) handle.go([incident.point[1], incident.point[0]], CLOSER);
  }

  /* ---- the beat ---- */
  const sameTurn = (a, b) => (a ? a.id : null) === (b ? b.id : null);
  const moved = (a, b) => String(a?.point ?? "") !== String(b?.point ?? "");
  function beat() {
    const element = byId("wall-show");
    if (!element) {
      conductor.element = null;
      return;
    }
    if (element !== conductor.element) begin(element);
    ikomek.wallScreens.fit(conductor.show);
    const t = ikomek.nowSeconds(),
      incident = onTurn(t),
      scene = sceneOf(incident, t),
      before = conductor.incident;
    conductor.incident = incident;
    direct(incident, scene, t);
    clockBuild(t);
    showWhenDue(t);
    rebuild();
    if (!sameTurn(before, incident) || moved(before, incident)) centre();
    if (!sameTurn(before, incident)) publish(incident);
  }
  /* A critical incident has the wall at once; whatever else changes it is drawn first. */
  function direct(incident, scene, t) {
    const next = incident ? null : upcoming(t);
    if (next && next[0] === conductor.scene) return;
    if (incident && scene !== conductor.scene) change(scene, null);
    else if (next && conductor.scene === scene && conductor.shown) {
      change(...next);
      wake(next[1]);
    } else if (scene !== conductor.scene) change(scene, t);
  }
  /* Not at the next beat, but at the very moment. */
  function wake(at) {
    setTimeout(beat, Math.max(0, (at - ikomek.nowSeconds()) * 1000));
  }
  function begin(element) {
    conductor.element = element;
    conductor.show = JSON.parse(element.dataset.show);
    Object.assign(conductor, {
      scene: element.dataset.running,
      showAt: 0,
      shown: false,
      last: null,
      building: null,
      begun: null,
    });
    ikomek.wallCurtain.down();
    conductor.history = [[conductor.scene, ikomek.nowSeconds()]];
    take(JSON.parse(element.dataset.standing));
  }
  function publish(incident) {
    document.documentElement.classList.toggle("wall-taken", Boolean(incident));
    document.dispatchEvent(new CustomEvent("ikomek:turn", { detail: incident }));
  }

  function heard(message) {
    if (message.type === "tick") take(message.wall);
    else if (message.type === "change" && message.noun === "wall") take(message.payload);
    else if (message.type === "reset" && message.layer === "all") startOver();
    else if (message.type !== "change" && message.type !== "snapshot") return;
    beat();
  }

  ikomek.wallRunning = running;
  ikomek.wallTurn = () => conductor.incident;
  ikomek.wallConductor = conductor;
  for (const event of ["ikomek:map", "ikomek:map-resized"])
    document.addEventListener(event, () => {
      if (conductor.element && conductor.incident) centre();
    });
  setInterval(beat, STEP_MS);
  (function listen() {
    if (ikomek.live) ikomek.live.on(heard);
    else setTimeout(listen, 50);
  })();
})();
