/* The conductor of a wall: which scene runs, and which critical incident has the wall, from the server's clock and the told state alone, so that
   screens agree without speaking to one another and one that restarts rejoins. `dashboard/wall/playlists.py` reckons alike, `geo/wall.py` says what the state is.

   ikomek.wallTurn()             the incident (its payload) that has the wall now, or null. A document event "ikomek:turn" tells when that changes.
   ikomek.wallRunning(turns, t)  the scene of a playlist at a moment, seconds since 1970. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const STEP_MS = 100, CLOSER = 2;
  const conductor = { element: null, show: null, told: { version: -1, turns: [], holds: {} }, scene: null, incident: null, history: [] };

  const now = () => (ikomek.live ? ikomek.live.serverNow() : Date.now()) / 1000;

  /* A state that is not newer than the one held is ignored: a tick may have been read before a change that came first. */
  function take(told) {
    if (told && (told.version > conductor.told.version || conductor.told.version < 0)) conductor.told = told;
  }
  function startOver() { conductor.told.version = -1; }

  function running(turns, t) {
    let left = t % turns.reduce((sum, [, seconds]) => sum + seconds, 0);
    for (const [scene, seconds] of turns) {
      left -= seconds;
      if (left < 0) return scene;
    }
    return turns[turns.length - 1][0];
  }

  /* The incident that has the wall at `t`. One that has gone from the live set has given it back, whatever the state still says. */
  function onTurn(t) {
    const turn = conductor.told.turns.find((one) => one.from <= t && t < one.until);
    const incident = turn && ikomek.live && ikomek.live.incidents.get(turn.incident);
    return incident && incident.priority >= 2 ? incident : null;
  }
  function sceneOf(incident, t) {
    const { show, told } = conductor, hold = told.holds[show.key];
    if (incident) return show.critical;
    return hold && t < hold.until && show.turns.some(([scene]) => scene === hold.scene) ? hold.scene : running(show.turns, t);
  }

  /* ---- the scene ---- */
  function put(data) { window.dash_clientside.set_props("wall-turn", { data }); }
  function change(scene) {
    conductor.scene = scene;
    conductor.history = [...conductor.history.slice(-19), [scene, now()]];
    put(null);
    requestAnimationFrame(() => put(scene));
  }
  const answers = (window.dash_clientside = window.dash_clientside || {});
  answers.ikomek = Object.assign(answers.ikomek || {}, { showScene: (scene, frames) => (scene ? frames[scene] : []) });

  /* ---- the map ---- */
  function centre() {
    const { incident } = conductor;
    for (const handle of ikomek.maps.values()) if (handle.home) handle.home();
    const handle = incident && incident.point && ikomek.wall.mapOf(incident);
    if (handle && handle.go) handle.go([incident.point[1], incident.point[0]], CLOSER);
  }

  /* ---- the beat ---- */
  const sameTurn = (a, b) => (a ? a.id : null) === (b ? b.id : null);
  const moved = (a, b) => String(a && a.point) !== String(b && b.point);
  function beat() {
    const element = document.getElementById("wall-show");
    if (!element) { conductor.element = null; return; }
    if (element !== conductor.element) begin(element);
    ikomek.wallScreens.fit(conductor.show);
    const t = now(), incident = onTurn(t), scene = sceneOf(incident, t), before = conductor.incident;
    conductor.incident = incident;
    if (scene !== conductor.scene) change(scene);
    if (!sameTurn(before, incident) || moved(before, incident)) centre();
    if (!sameTurn(before, incident)) tell(incident);
  }
  function begin(element) {
    conductor.element = element;
    conductor.show = JSON.parse(element.dataset.show);
    conductor.scene = element.dataset.running;
    conductor.history = [[conductor.scene, now()]];
    take(JSON.parse(element.dataset.told));
  }
  function tell(incident) {
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
  document.addEventListener("ikomek:map", () => { if (conductor.element && conductor.incident) centre(); });
  setInterval(beat, STEP_MS);
  (function listen() {
    if (ikomek.live) ikomek.live.on(heard);
    else setTimeout(listen, 50);
  })();
})();
