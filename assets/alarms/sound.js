/* The tones of /alarms: each priority its own (`assets/melody.js`); a critical one sounds again until nobody
   waits for it. S or the button makes them silent for a while, never for good; where the browser wants a
   gesture first, or has no sound, the button says so. Who has turned them on by it need not do so on every
   page again: any gesture does, and none before that.

   ikomek.alarmSound   raised(priority): one more was raised; show(): draw the button; played: names of the
                       last tones, and whether they could be heard */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const NAMES = ["normal", "urgent", "critical"],
    PAUSE_MS = 10000,
    AGAIN_MS = 30000,
    SILENT_MS = 15 * 60000,
    STEP_MS = 1000,
    KEPT = 20,
    KEY = "ikomek:alarms:silent-until",
    WANTED = "ikomek:alarms:sound";
  const sound = { context: null, played: [], last: new Map() };

  const silentUntil = () => {
    const until = Number(localStorage.getItem(KEY) || 0);
    return until > Date.now() && until <= Date.now() + SILENT_MS ? until : 0;
  };
  const canSound = () => sound.context !== null && sound.context.state === "running";

  /* The same tone at most once in ten seconds: a flood is one alarm. */
  function play(name, atLeastMs = PAUSE_MS) {
    if (silentUntil() || performance.now() - (sound.last.get(name) ?? -Infinity) < atLeastMs) return;
    sound.last.set(name, performance.now());
    sound.played = [...sound.played.slice(1 - KEPT), [name, canSound()]];
    if (canSound()) ikomek.melody(sound.context, name);
  }

  function state() {
    if (sound.context === null) return "none";
    if (silentUntil()) return "off";
    return canSound() ? "on" : "blocked";
  }
  function show() {
    const button = document.querySelector("#alarms .alarms-sound");
    if (!button) return;
    const now = state(),
      text = ikomek.word(`alarms.sound.${now}`, { at: ikomek.clock(silentUntil() / 1000) });
    if (button.dataset.state === now && button.firstChild?.textContent === text) return;
    const key = document.createElement("kbd");
    key.textContent = "S";
    key.setAttribute("aria-hidden", "true");
    button.dataset.state = now;
    button.disabled = now === "none";
    button.replaceChildren(text, ...(now === "none" ? [] : [key]));
  }

  function press() {
    const now = state();
    if (now === "blocked") {
      localStorage.setItem(WANTED, "on");
      sound.context.resume().then(show);
    } else if (now !== "none") {
      if (now === "off") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, String(Date.now() + SILENT_MS));
    }
    show();
  }

  function step() {
    const waits = document.querySelector('#alarms .alarm[data-level="2"]:not([data-state="acknowledged"])');
    if (waits) play("critical", AGAIN_MS);
    show();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#alarms .alarms-sound")) press();
  });
  document.addEventListener("keydown", (event) => {
    if (byId("alarms") && ikomek.pressed(event) === "s") press();
  });
  for (const gesture of ["pointerdown", "keydown"])
    document.addEventListener(gesture, (event) => {
      const presses = event.target.closest?.("#alarms .alarms-sound") || ikomek.pressed(event) === "s";
      if (!presses && localStorage.getItem(WANTED) && sound.context?.state === "suspended")
        sound.context.resume().then(show);
    });

  document.addEventListener("DOMContentLoaded", () => {
    if (location.pathname !== "/alarms") return;
    if (typeof AudioContext !== "undefined") sound.context = new AudioContext();
    ikomek.words.then(() => {
      setInterval(step, STEP_MS);
      ikomek.live.on((message) => {
        if (message.type === "lost" || message.type === "back") play(message.type);
      });
    });
  });
  ikomek.alarmSound = Object.assign(sound, { raised: (priority) => play(NAMES[priority]), show });
})();
