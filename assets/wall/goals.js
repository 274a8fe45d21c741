/* Shares (0..1) and seconds as every panel writes them, and the goals of the scene (percent, seconds) by
   which they are judged. Both at one precision: what is shown is what is judged, so no figure stands in
   amber beside the goal that it reads. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const LEAST = new Set(["one_take", "answered_15", "answered_20", "classified", "escalated", "on_time"]),
    SECONDS = new Set(["answer"]),
    AIMS = {
      least: ["wall.goal.at_least", "wall.goal.at_least.brief"],
      most: ["wall.goal.at_most", "wall.goal.at_most.brief"],
      exactly: ["wall.goal.exactly", "wall.goal.exactly.brief"],
      seconds: ["wall.goal.seconds", "wall.goal.seconds.brief"],
    },
    DIGITS = 1,
    STEP = 10 ** DIGITS;

  /* In percent, to a tenth. All is said only of all and nothing only of nothing: 0.9999 is 99.9, 0.0001 is
     0.1. */
  function shown(share) {
    if (share <= 0 || share >= 1) return share * 100;
    return Math.min(100 * STEP - 1, Math.max(1, Math.round(share * 100 * STEP))) / STEP;
  }
  function goal(key) {
    const stated = JSON.parse(wall.state.element.dataset.goals)[key];
    return stated == null ? null : Math.round(stated * STEP) / STEP;
  }

  wall.percent = (share) =>
    share == null ? "—" : wall.word("number.percent", { share: ikomek.number(shown(share), DIGITS) });
  /* A figure in its unit. */
  wall.measure = (key, value) =>
    SECONDS.has(key) && value != null
      ? wall.word("time.seconds", { n: Math.round(value) })
      : wall.percent(value);
  /* Is it off its goal? A share that is none, or has none, is not. */
  wall.misses = function (key, share) {
    const aim = goal(key);
    if (share == null || aim == null) return false;
    if (SECONDS.has(key)) return Math.round(share) > aim;
    return LEAST.has(key) ? shown(share) < aim : shown(share) > aim;
  };
  /* "goal ≥ 82 %", or `brief`, where that has no room: "≥ 82 %"; none where the scene states none. */
  wall.aim = function (key, brief = false) {
    const aim = goal(key);
    if (aim == null) return null;
    const write = (form, shown) => wall.word(AIMS[form][brief ? 1 : 0], { goal: shown });
    if (SECONDS.has(key)) return write("seconds", ikomek.number(aim));
    return write(
      aim % 100 === 0 ? "exactly" : LEAST.has(key) ? "least" : "most",
      ikomek.number(aim, aim % 1 ? DIGITS : 0),
    );
  };
})();
