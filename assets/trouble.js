/* One line at the foot of a page for what concerns all of it: the session has ended or is another person's, a
   question was refused, the server has not answered for long. It says so in words and goes by itself when the
   trouble does. A wall says it in its own places (wall.js), this line only until it can. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const STEP_MS = 500,
    LATE_MS = 5000,
    SHOWN_MS = 15000,
    RELOAD_MS = 30000,
    LASTING = { 401: "signed_out", 403: "other_rights", 409: "other_caller" };
  /* `lasting`: why nothing is answered on this page any more, a key of `shell.`, or null. */
  const state = { lasting: null, refused: null, refusedAt: 0, shown: "" };

  const onWall = () => location.pathname.startsWith("/wall/");
  const wallSpeaks = () => onWall() && ikomek.wall?.state.spoken;
  const wayBack = () => `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;

  const here = () => location.pathname + location.search;
  const WAYS = {
    signed_out: () => [wayBack(), "shell.sign_in_again"],
    other_rights: () => [here(), "shell.reload"],
    other_caller: () => [here(), "shell.reload"],
  };

  /* [sentence, the address that it leads to, what its button says], or null. */
  function trouble() {
    if (state.lasting) return [ikomek.word(`shell.${state.lasting}`), ...WAYS[state.lasting]()];
    if (wallSpeaks()) return null;
    if (ikomek.callbacks.awaited() > LATE_MS || ikomek.wordsAwaited() > LATE_MS)
      return [ikomek.word("shell.unanswered", { part: ikomek.silentPart() })];
    if (ikomek.callbacks.pressed() > LATE_MS)
      return [ikomek.word("shell.unanswered_press", { part: ikomek.silentPart() })];
    if (state.refused !== null && performance.now() - state.refusedAt < SHOWN_MS)
      return [state.refused || ikomek.word("shell.refused")];
    return null;
  }

  function draw() {
    const found = trouble(),
      key = JSON.stringify(found);
    if (key === state.shown) return;
    state.shown = key;
    let line = byId("trouble");
    if (!line) {
      line = Object.assign(document.createElement("div"), { id: "trouble", className: "trouble" });
      line.setAttribute("role", "alert");
      document.body.append(line);
    }
    line.replaceChildren(...(found ? sentenceWith(found) : []));
  }
  function sentenceWith([text, href, button]) {
    const sentence = Object.assign(document.createElement("span"), { textContent: text });
    if (!href) return [sentence];
    return [
      sentence,
      Object.assign(document.createElement("a"), {
        href,
        textContent: ikomek.word(button),
        className: "button",
      }),
    ];
  }

  /* Whoever has just pressed or typed something and is not let in any more goes to the sign-in page at
     once, and comes back to what was asked for; not from the studio, where a drag may be in hand. A screen
     loads itself again, and the server then says why; one that has only just been loaded waits with that. */
  function ended(why) {
    if (onWall() && state.lasting === null)
      setTimeout(() => location.reload(), why === "signed_out" ? 0 : RELOAD_MS - performance.now());
    state.lasting = document.documentElement.dataset.ended = why;
    if (why === "signed_out" && !onWall() && navigator.userActivation.isActive && !byId("studio"))
      location.assign(wayBack());
    draw();
  }

  document.addEventListener("ikomek:signed-out", () => ended("signed_out"));
  document.addEventListener("ikomek:other-caller", () => ended("other_caller"));
  document.addEventListener("ikomek:refused", ({ detail }) => {
    Object.assign(state, { refused: detail.message || "", refusedAt: performance.now() });
    draw();
  });
  document.addEventListener("DOMContentLoaded", () => {
    ikomek.live.on((message) => {
      if (message.type === "refused") ended(LASTING[message.status]);
      if (message.type === "back" && state.lasting) {
        state.lasting = null;
        delete document.documentElement.dataset.ended;
        draw();
      }
    });
    setInterval(draw, STEP_MS);
  });
})();
