/* The wall's tones (`assets/melody.js`): a critical incident, a lost connection, a feed that went quiet, a
   flood, a return.

   Only the first of several screens sounds. `?silent=1` silences one screen for good, an operator all of
   them for a while; a screen that cannot sound (the browser wants a gesture first, or there is no device)
   says so in its footer. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const PAUSE_S = 10,
    CHECK_MS = 2000,
    KEPT = 20;
  const tones = { context: null, played: [], last: new Map(), stale: null, stood: false, at: 0 };

  const conductor = () => ikomek.wallConductor;
  const silentHere = new URLSearchParams(location.search).get("silent") === "1";
  const silent = () => silentHere || (conductor().state.silent_until || 0) > ikomek.nowSeconds();
  const isFirst = () => {
    const [, , row, column] = conductor().show.screen;
    return row === 1 && column === 1;
  };
  const canSound = () => tones.context !== null && tones.context.state === "running" && !tones.stood;

  function open() {
    if (tones.context || typeof AudioContext === "undefined") return;
    tones.context = new AudioContext();
  }
  /* The same melody at most once in ten seconds: a flood is one alarm. */
  function play(name) {
    if (!conductor()?.element || !isFirst() || silent()) return;
    const before = tones.last.get(name);
    if (before !== undefined && performance.now() - before < PAUSE_S * 1000) return;
    tones.last.set(name, performance.now());
    tones.played = [...tones.played.slice(1 - KEPT), [name, canSound()]];
    if (canSound()) ikomek.melody(tones.context, name);
  }

  /* What is stale when the page opens is no news. */
  function watchFeeds() {
    if (!ikomek.live.tick) return;
    const t = ikomek.nowSeconds(),
      keys = [...ikomek.feeds.keys()].filter((key) => ikomek.feedIsStale(ikomek.feeds.get(key), t));
    if (tones.stale && keys.some((key) => !tones.stale.has(key))) play("quiet");
    tones.stale = new Set(keys);
  }

  function soundText() {
    if (!isFirst()) return "";
    if (silentHere) return ikomek.word("wall.sound.silent");
    if (silent())
      return ikomek.word("wall.sound.silent_until", {
        time: ikomek.clock(conductor().state.silent_until),
      });
    return canSound() ? "" : ikomek.word("wall.sound.blocked");
  }
  /* A running context whose time stands still has no device behind it. */
  function check() {
    if (!conductor()?.element) return;
    open();
    const { context } = tones;
    tones.stood = context !== null && context.state === "running" && context.currentTime === tones.at;
    tones.at = context ? context.currentTime : 0;
    watchFeeds();
    const element = byId("wall-sound"),
      text = soundText();
    if (element && element.textContent !== text) element.textContent = text;
  }

  document.addEventListener("ikomek:turn", (event) => {
    if (event.detail) play("critical");
  });
  document.addEventListener("ikomek:flood", () => play("flood"));
  for (const gesture of ["pointerdown", "keydown"]) {
    document.addEventListener(gesture, () => {
      if (tones.context && tones.context.state === "suspended") tones.context.resume();
    });
  }
  setInterval(check, CHECK_MS);
  ikomek.wallTones = tones;
  (function listen() {
    if (!ikomek.live) {
      setTimeout(listen, 50);
      return;
    }
    ikomek.live.on((message) => {
      if (message.type === "lost" || message.type === "back") play(message.type);
    });
  })();
})();
