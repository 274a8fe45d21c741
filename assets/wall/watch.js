/* The page's side of its watchdog: once a second, and only while the screen is being painted and the
   wall's figures move on, it says so to a worker of its own. The worker (wall/watch_worker.js) tells the
   page to load itself again when it has heard nothing for long. */
(function () {
  "use strict";
  const EVERY_MS = 1000,
    DRAWN_MS = 15000,
    LOADING_MS = 60000,
    HOUR_MS = 3600e3,
    KEY = "ikomek-wall-reloads";
  const SCRIPT = document.documentElement.dataset.watchWorker;
  let worker = null,
    began = 0;

  /* When this tab loaded itself again in the last hour: each time it waits twice as long. */
  const reloads = () =>
    JSON.parse(sessionStorage.getItem(KEY) || "[]").filter((at) => Date.now() - at < HOUR_MS);
  function reload() {
    sessionStorage.setItem(KEY, JSON.stringify([...reloads(), Date.now()]));
    location.reload();
  }

  /* The figures move on, or the page or the scene has just begun to be built. */
  function alive(now) {
    const wall = window.ikomek.wall;
    if (!wall?.state.element) return now - began < LOADING_MS;
    return wall.state.drawn === 0 ? now - wall.state.begun < LOADING_MS : now - wall.state.drawn < DRAWN_MS;
  }
  /* One frame in a second is asked for: asked for all of them, a page that stands still would be made anew
     sixty times a second. */
  function painted() {
    if (alive(performance.now())) worker.postMessage({ painted: true });
    setTimeout(() => requestAnimationFrame(painted), EVERY_MS);
  }
  const postVisible = () => worker.postMessage({ hidden: document.hidden });

  function start() {
    began = performance.now();
    worker = new Worker(SCRIPT);
    worker.onmessage = reload;
    worker.postMessage({ show: location.pathname.split("/")[2] || "", patience: 2 ** reloads().length });
    document.addEventListener("visibilitychange", postVisible);
    postVisible();
    requestAnimationFrame(painted);
  }
  if (location.pathname.startsWith("/wall/")) addEventListener("DOMContentLoaded", start);
})();
