/* The live picture in a tab: `ikomek.live`.

   on(fn)          fn hears {type: 'snapshot' | 'change' | 'tick' | 'reset' | 'lost' | 'back' | 'hello' |
                   'refused', ...}; returns a function that stops it. A listener that is added later is told
                   the last snapshot, tick and loss at once. The first `on` opens the connection.
   incidents       Map id -> payload of the live set (open, not vanished), point included; patched in place,
                   always the same object.
   serverNow()     the server's clock, ms since 1970.
   version(layer)  of a layer of tiles, as the last tick told it: it stands in a tile's address, and
                   {type: 'layer', layer} says that it has changed.
   awaited         ms since a snapshot has been waited for, 0 when none is: what is shown may lack as much.
   asOf            when the last one was read, ms of the server's clock, null before the first.

   A 'change' of an incident carries {noun, id, version, payload, previous, gone}: previous is what the Map
   held or null, gone says that it was taken out (closed, vanished, or out of the caller's scope). A version
   that is not newer than the one held is ignored. While a snapshot is on its way, changes are shown at once
   and kept, and those after the snapshot's position are applied to it. */
(function () {
  "use strict";

  const ikomek = (window.ikomek = window.ikomek || {});
  const SNAPSHOT_URL = "/layers/incidents.geojson";
  const SNAPSHOT_PAUSE_MS = 2000;
  const RETRY_MS = [500, 1000, 2000, 5000];
  const KEPT_CHANGES = 20000;
  const QUIET_MS = 10000; // a snapshot of which nothing is heard for so long is asked for again
  const LONGEST_QUIET_MS = 60000;
  const WORKER_SILENT_MS = 15000;
  const workerUrl = document.documentElement.dataset.liveWorker || "/assets/live_worker.js";

  const incidents = new Map();
  const listeners = new Set();
  let clock = null; // an ikomek.ServerClock
  let epoch = null;
  let rights = null; // whose picture it is: another person's is fetched anew
  let position = 0;
  let loaded = false;
  let needed = 0; // the next snapshot must not be older than this position
  let fetching = false;
  let fetchedAt = -Infinity;
  let failures = 0;
  let hung = 0; // how many snapshots in a row were given up: each is waited for twice as long
  let awaitedAt = null;
  let asOf = null;
  let kept = null; // changes after keptFrom, while a snapshot is on its way; null = none is
  let keptFrom = 0;
  let lost = null;
  let refused = null; // the server will not have this caller: {type: 'refused', status}
  let lastTick = null;
  let port = null;
  let started = false;
  let heardAt = performance.now();
  const versions = new Map(Object.entries(JSON.parse(document.documentElement.dataset.tiles || "{}")));

  function publish(message) {
    for (const listener of listeners) deliver(listener, message);
  }

  /* One listener that fails must not silence the others. */
  function deliver(listener, message) {
    try {
      listener(message);
    } catch (error) {
      console.error("live listener:", error);
    }
  }

  function setClock(message) {
    clock = clock || new ikomek.ServerClock();
    clock.hear(message.now * 1000, message.waited);
  }

  function serverNow() {
    return clock ? performance.now() + clock.offset : Date.now();
  }

  function isGone(payload) {
    return payload === null || payload.status === "closed" || payload.vanished === true;
  }

  function patch(map, change) {
    const previous = map.get(change.id) || null;
    if (previous && previous.version >= change.version) return null;
    const gone = isGone(change.payload);
    if (gone) map.delete(change.id);
    else map.set(change.id, change.payload);
    return {
      type: "change",
      noun: change.noun,
      id: change.id,
      version: change.version,
      payload: change.payload,
      previous: previous,
      gone: gone,
      position: change.position,
    };
  }

  function onChange(message) {
    position = message.position;
    if (message.noun !== "incident") {
      publish(message);
      return;
    }
    if (kept) keep(message);
    if (!loaded) return;
    const done = patch(incidents, message);
    if (done) publish(done);
  }

  function keep(message) {
    kept.push(message);
    if (kept.length > KEPT_CHANGES) startStoring();
  }

  function startStoring() {
    kept = [];
    keptFrom = position;
    needed = Math.max(needed, position);
  }

  function moveTo(message) {
    if (epoch !== message.epoch) {
      kept = null;
      needed = 0;
    }
    epoch = message.epoch;
    position = message.position;
  }

  function onHello(message) {
    setClock(message);
    const stale = !loaded || epoch !== message.epoch || rights !== message.rights;
    rights = message.rights;
    moveTo(message);
    publish(message);
    if (stale) wantSnapshot();
  }

  function onReset(message) {
    moveTo(message);
    publish({ type: "reset", layer: message.reset, position: message.position });
    if (message.reset === "all" || message.reset === "incidents") wantSnapshot();
  }

  function wantSnapshot() {
    if (awaitedAt === null) awaitedAt = performance.now();
    needed = Math.max(needed, position);
    if (kept === null) startStoring();
    fetchSoon();
  }

  function fetchSoon() {
    if (fetching) return;
    fetching = true;
    const retry = failures ? RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] : 0;
    setTimeout(fetchSnapshot, Math.max(retry, fetchedAt + SNAPSHOT_PAUSE_MS - performance.now(), 0));
  }

  async function fetchSnapshot() {
    fetchedAt = performance.now();
    try {
      take(
        await ikomek.ask(`${SNAPSHOT_URL}?position=${needed}`, {
          headers: { Accept: "application/geo+json" },
          cache: "no-store",
          quietMs: Math.min(QUIET_MS * 2 ** hung, LONGEST_QUIET_MS),
        }),
      );
      failures = hung = 0;
    } catch (error) {
      failures += 1;
      if (error.silent) hung += 1;
    }
    fetching = false;
    if (kept) fetchSoon();
  }

  /* Throws for a snapshot that does not join up with the changes kept: of another epoch, or from a replica
     that lags behind the stream. */
  function take(snapshot) {
    if (snapshot.epoch !== epoch || snapshot.position < keptFrom)
      throw new Error("snapshot older than the stream");
    const fresh = new Map();
    for (const feature of snapshot.features) {
      feature.properties.point = feature.geometry ? feature.geometry.coordinates : null;
      fresh.set(feature.id, feature.properties);
    }
    kept = kept.filter((change) => change.position > snapshot.position);
    for (const change of kept) patch(fresh, change);
    if (snapshot.position >= needed) kept = null;
    incidents.clear();
    for (const [id, payload] of fresh) incidents.set(id, payload);
    loaded = true;
    asOf = serverNow();
    awaitedAt = kept === null ? null : performance.now();
    publish({ type: "snapshot", incidents: incidents, position: snapshot.position });
  }

  /* A layer's tiles have changed, or another database is shown. */
  function setVersions(fresh) {
    for (const [layer, version] of Object.entries(fresh)) {
      if (versions.get(layer) === version) continue;
      versions.set(layer, version);
      publish({ type: "layer", layer: layer });
    }
  }

  function onMessage(message) {
    heardAt = performance.now();
    if (message.type === "change") onChange(message);
    else if (message.type === "hello") onHello(message);
    else if (message.type === "reset") onReset(message);
    else if (message.type === "tick") {
      setClock(message);
      lastTick = message;
      publish(message);
      setVersions(message.tiles || {});
    } else {
      if (message.type === "refused") refused = message;
      else lost = message.type === "lost" ? message : null;
      if (message.type === "back") refused = null;
      publish(message);
    }
  }

  function connect() {
    // A screen's page is shown by its device's rights, the other pages of the browser by a person's, and
    // not all by that of one person: they share no stream.
    const scene = location.pathname.startsWith("/wall/") ? location.pathname.split("/")[2] : "",
      caller = document.documentElement.dataset.caller || "";
    awaitedAt = performance.now();
    if (typeof SharedWorker === "undefined") {
      new ikomek.LiveStream(onMessage, scene, caller);
      return;
    }
    port = new SharedWorker(workerUrl, `ikomek-live:${scene}:${caller}`).port;
    let silent = false;
    port.onmessage = (event) => {
      if (silent) {
        silent = false;
        onMessage({ type: "back" });
        port.postMessage("again"); // it knows whether its own connection is lost
      }
      onMessage(event.data);
    };
    setInterval(() => {
      if (performance.now() - heardAt < WORKER_SILENT_MS || lost) return;
      silent = true; // or this tab was asleep, and hears it in a moment
      onMessage({ type: "lost", age: performance.now() - heardAt, part: "server" });
    }, 1000);
    addEventListener("pagehide", () => port.postMessage("bye"));
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  }

  function on(listener) {
    listeners.add(listener);
    if (!started) {
      started = true;
      // The worker's script is loaded after this one: start when the page's scripts have run.
      if (document.readyState === "loading") addEventListener("DOMContentLoaded", connect);
      else setTimeout(connect, 0);
    }
    if (lastTick) deliver(listener, lastTick);
    if (loaded) deliver(listener, { type: "snapshot", incidents: incidents, position: position });
    for (const state of [lost, refused]) if (state) deliver(listener, state);
    return () => listeners.delete(listener);
  }

  ikomek.live = {
    on: on,
    incidents: incidents,
    serverNow: serverNow,
    version: (layer) => versions.get(layer) || "",
    /* The part that is away (live_worker.js), or null. */
    get lost() {
      return lost?.part ?? null;
    },
    get loaded() {
      return loaded;
    },
    get awaited() {
      return awaitedAt === null ? 0 : performance.now() - awaitedAt;
    },
    get asOf() {
      return asOf;
    },
    get listeners() {
      return listeners.size;
    },
    get tick() {
      return lastTick;
    },
  };
})();
