/* The one visual language: shape says what, colour and ring say how urgent, fill says how fresh.
   Sizes are CSS pixels. Colours come from tokens.css, so a theme changes them all. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});

  const FADE_STEPS = 5,
    RATIO_MS = 500;
  const CONTRAST_FLOOR = 3.1,
    FADE_MOST = 0.62;
  const LEVEL_SIZE = [1, 1.4, 2];
  const FRESH_S = 1800,
    OLD_S = 24 * 3600;

  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const hex = (parts) => `#${parts.map((v) => Math.round(v).toString(16).padStart(2, "0")).join("")}`;

  function luminance(colour) {
    const [r, g, b] = rgb(colour).map((v) => {
      const c = v / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function contrast(a, b) {
    const [high, low] = [luminance(a), luminance(b)].sort((m, n) => n - m);
    return (high + 0.05) / (low + 0.05);
  }
  const mix = (a, b, share) => hex(rgb(a).map((v, i) => v + (rgb(b)[i] - v) * share));

  /* `colour` at `age` 0 (new) .. 1 (old): towards the ground, evenly, as far as 3:1 against it allows. */
  function faded(colour, background, age) {
    let furthest = FADE_MOST;
    while (furthest > 0 && contrast(mix(colour, background, furthest), background) < CONTRAST_FLOOR)
      furthest -= 0.01;
    return mix(colour, background, Math.min(Math.max(age, 0), 1) * Math.max(furthest, 0));
  }

  const inks = new Map();
  function ink(name) {
    if (!inks.has(name))
      inks.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
    return inks.get(name);
  }

  /* 0 normal, 1 urgent or due soon or overdue, 2 critical. `priority` as in the database; `due` true when
     the deadline presses. */
  const level = (state) => (state.priority >= 2 ? 2 : state.priority === 1 || state.due ? 1 : 0);

  function path(ctx, kind, x, y, r) {
    ctx.beginPath();
    if (kind === "police") ctx.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
    else if (kind === "emergency")
      polygon(ctx, [
        [x, y - r * 1.2],
        [x + r * 1.15, y + r * 0.85],
        [x - r * 1.15, y + r * 0.85],
      ]);
    else if (kind === "offence")
      polygon(ctx, [
        [x, y - r * 1.25],
        [x + r * 1.25, y],
        [x, y + r * 1.25],
        [x - r * 1.25, y],
      ]);
    else ctx.arc(x, y, r, 0, 2 * Math.PI);
  }
  function polygon(ctx, points) {
    points.forEach(([px, py], i) => (i ? ctx.lineTo(px, py) : ctx.moveTo(px, py)));
    ctx.closePath();
  }

  function hatch(ctx, x, y, r) {
    ctx.save();
    ctx.clip();
    ctx.fillStyle = ink("map");
    ctx.fillRect(x - 2 * r, y - 2 * r, 4 * r, 4 * r);
    ctx.beginPath();
    for (let d = -3 * r; d < 3 * r; d += r * 0.62) {
      ctx.moveTo(x + d - 2 * r, y + 2 * r);
      ctx.lineTo(x + d + 2 * r, y - 2 * r);
    }
    ctx.lineWidth = r * 0.26;
    ctx.stroke();
    ctx.restore();
  }

  function ring(ctx, x, y, r, width) {
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.lineWidth = width;
    ctx.stroke();
  }

  function rings(ctx, x, y, r, line, urgency) {
    if (urgency === 1) ring(ctx, x, y, r * 1.5, line * 0.9);
    if (urgency !== 2) return;
    ring(ctx, x, y, r * 1.7, line * 1.3);
    ring(ctx, x, y, r * 2.15, line * 0.9);
  }

  /* One symbol, its centre at x, y and `size` across. `state`: {kind, priority 0..2, due, ageRatio 0..1,
     stale, selected, plain: no rings, faint: no outline}. */
  function draw(ctx, x, y, size, state) {
    const urgency = level(state),
      r = (size / 2) * (state.plain ? 1 : LEVEL_SIZE[urgency]);
    const base = ink(["symbol", "urgent", "critical"][urgency]);
    const age = (state.ageRatio || 0) * [1, 0.5, 0.25][urgency],
      colour = faded(base, ink("map"), age);
    /* In a bright room amber needs a dark line to be seen; in a dark one the line is of its own colour. */
    const drawn = urgency === 1 ? faded(ink("urgent-text"), ink("map"), age) : colour;
    const line = Math.max(1, size * 0.11);
    ctx.save();
    ctx.lineJoin = "round";
    ctx.strokeStyle = drawn;
    if (!state.plain) rings(ctx, x, y, r, line, urgency);
    if (state.selected) {
      ctx.strokeStyle = ink("selection");
      ring(ctx, x, y, r * [1.6, 1.9, 2.5][urgency], line * 1.9);
    }
    path(ctx, state.kind, x, y, r);
    ctx.fillStyle = colour;
    ctx.strokeStyle = drawn;
    if (state.stale) hatch(ctx, x, y, r);
    else ctx.fill();
    if (state.faint) {
      ctx.restore();
      return;
    }
    path(ctx, state.kind, x, y, r);
    ctx.strokeStyle = state.stale ? drawn : ink(urgency === 1 ? "urgent-edge" : "outline");
    ctx.lineWidth = line;
    ctx.stroke();
    ctx.restore();
  }

  /* How far a symbol reaches from its centre, rings included. */
  const reach = (size, state) =>
    state.plain
      ? size * 0.7
      : (size / 2) * LEVEL_SIZE[level(state)] * [1.35, 1.6, 2.25][level(state)] +
        size * (state.selected ? 0.7 : 0.15);

  /* 0 until half an hour old, 1 after a day, by the logarithm between. Seconds. */
  function ageRatio(seconds) {
    if (!(seconds > FRESH_S)) return 0;
    return Math.min(1, Math.log(seconds / FRESH_S) / Math.log(OLD_S / FRESH_S));
  }

  /* The deadline presses: the last warning has come, by the regulatory clock of the server. Epoch seconds. */
  function isDue(incident, now) {
    return Boolean(incident.due) && incident.status !== "closed" && now >= incident.presses;
  }

  /* A canvas element with one symbol, for lists and legends. */
  function image(size, state) {
    const ratio = Math.max(2, window.devicePixelRatio || 1),
      half = reach(size, state),
      canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.ceil(half * 2 * ratio);
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    draw(ctx, half, half, size, state);
    canvas.style.width = canvas.style.height = `${half * 2}px`;
    return canvas;
  }

  /* `fn` is called when the window has come to a screen of another pixel ratio, its size in CSS pixels
     being the same. Returns a function that stops it. By the clock: where nothing but the ratio changes a
     browser may tell of it neither by a resize nor by a media query. */
  const onRatio = new Set();
  let ratio = window.devicePixelRatio;
  setInterval(() => {
    if (ratio === window.devicePixelRatio) return;
    ratio = window.devicePixelRatio;
    for (const fn of onRatio) fn();
  }, RATIO_MS);
  ikomek.onPixelRatio = function (fn) {
    onRatio.add(fn);
    return () => onRatio.delete(fn);
  };

  ikomek.symbols = {
    draw,
    reach,
    image,
    level,
    ageRatio,
    isDue,
    contrast,
    faded,
    ink,
    fadeStep: (ratio) => Math.round(ratio * FADE_STEPS) / FADE_STEPS,
    forgetInks: () => inks.clear(),
  };
})();
