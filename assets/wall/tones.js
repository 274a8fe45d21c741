/* The wall's tones, made by the browser, no files: a critical incident, a lost connection, a feed that
   went quiet, a flood, a return. Each is another melody.

   Only the first of several screens sounds. `?silent=1` silences one screen for good, an operator all of
   them for a while; a screen that cannot sound (the browser wants a gesture first, or there is no device)
   says so in its footer. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  /* [Hz, begins at, lasts] in seconds. */
  const MELODIES = {
    critical: [0, 0.9, 1.8].flatMap((at) => [
      [880, at, 0.16],
      [1175, at + 0.2, 0.16],
      [1480, at + 0.4, 0.3],
    ]),
    lost: [
      [440, 0, 0.45],
      [330, 0.5, 0.7],
    ],
    quiet: [[587, 0, 0.35]],
    flood: [
      [659, 0, 0.18],
      [659, 0.24, 0.18],
      [784, 0.48, 0.4],
    ],
    back: [
      [523, 0, 0.16],
      [659, 0.2, 0.3],
    ],
  };
  const LOUDNESS = { critical: 0.5, lost: 0.35, quiet: 0.2, flood: 0.35, back: 0.2 };
  const PAUSE_S = 10,
    CHECK_MS = 2000,
    KEPT = 20;
  const tones = { context: null, played: [], last: new Map(), stale: null, stood: false, at: 0 };

  const conductor = () => ikomek.wallConductor;
  const now = () => ikomek.live.serverNow() / 1000;
  const silentHere = new URLSearchParams(location.search).get("silent") === "1";
  const silent = () => silentHere || (conductor().told.silent_until || 0) > now();
  const isFirst = () => {
    const [, , row, column] = conductor().show.screen;
    return row === 1 && column === 1;
  };
  const canSound = () => tones.context !== null && tones.context.state === "running" && !tones.stood;

  function open() {
    if (tones.context || typeof AudioContext === "undefined") return;
    tones.context = new AudioContext();
  }
  function note(context, [hertz, at, seconds], loudness) {
    const oscillator = context.createOscillator(),
      volume = context.createGain(),
      from = context.currentTime + at;
    oscillator.type = "triangle";
    oscillator.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(loudness, from + 0.02);
    volume.gain.setValueAtTime(loudness, from + seconds - 0.04);
    volume.gain.linearRampToValueAtTime(0, from + seconds);
    oscillator.connect(volume).connect(context.destination);
    oscillator.onended = () => {
      oscillator.disconnect();
      volume.disconnect();
    };
    oscillator.start(from);
    oscillator.stop(from + seconds);
  }
  /* The same melody at most once in ten seconds: a flood is one alarm. */
  function play(name) {
    if (!conductor()?.element || !isFirst() || silent()) return;
    const before = tones.last.get(name);
    if (before !== undefined && performance.now() - before < PAUSE_S * 1000) return;
    tones.last.set(name, performance.now());
    tones.played = [...tones.played.slice(1 - KEPT), [name, canSound()]];
    if (canSound()) MELODIES[name].forEach((one) => note(tones.context, one, LOUDNESS[name]));
  }

  /* What is stale when the page opens is no news. */
  function watchFeeds() {
    if (!ikomek.live.tick) return;
    const t = now(),
      keys = [...ikomek.feeds.keys()].filter((key) => ikomek.feedIsStale(ikomek.feeds.get(key), t));
    if (tones.stale && keys.some((key) => !tones.stale.has(key))) play("quiet");
    tones.stale = new Set(keys);
  }

  function said() {
    if (!isFirst()) return "";
    if (silentHere) return ikomek.word("wall.sound.silent");
    if (silent())
      return ikomek.word("wall.sound.silent_until", {
        time: ikomek.wall.clock(conductor().told.silent_until),
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
    const place = document.getElementById("wall-sound"),
      text = said();
    if (place && place.textContent !== text) place.textContent = text;
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
