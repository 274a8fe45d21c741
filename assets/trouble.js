/* One line at the foot of a page for what concerns all of it: the session has ended, a question was
   refused, the server has not answered for long. It says so in words and goes by itself when the trouble
   does. A wall says it in its own places (wall.js), this line only until it can. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const STEP_MS = 500,
    LATE_MS = 5000,
    SAID_MS = 15000;
  const state = { signedOut: false, refused: null, refusedAt: 0, shown: "" };

  const onWall = () => location.pathname.startsWith("/wall/");
  const wallSpeaks = () => onWall() && ikomek.wall?.state.spoken;
  const wayBack = () => `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;

  /* [key or sentence, whether it leads to the sign-in page], or null. */
  function trouble() {
    if (state.signedOut) return [ikomek.word("shell.signed_out"), true];
    if (wallSpeaks()) return null;
    if (ikomek.callbacks.awaited() > LATE_MS || ikomek.wordsAwaited() > LATE_MS)
      return [ikomek.word("shell.unanswered"), false];
    if (state.refused !== null && performance.now() - state.refusedAt < SAID_MS)
      return [state.refused || ikomek.word("shell.refused"), false];
    return null;
  }

  function draw() {
    const found = trouble(),
      key = JSON.stringify([found, found?.[1] && wayBack()]);
    if (key === state.shown) return;
    state.shown = key;
    let line = document.getElementById("trouble");
    if (!line) {
      line = Object.assign(document.createElement("div"), { id: "trouble", className: "trouble" });
      line.setAttribute("role", "alert");
      document.body.append(line);
    }
    line.replaceChildren(...(found ? said(found) : []));
  }
  function said([text, leads]) {
    const sentence = Object.assign(document.createElement("span"), { textContent: text });
    if (!leads) return [sentence];
    return [
      sentence,
      Object.assign(document.createElement("a"), {
        href: wayBack(),
        textContent: ikomek.word("shell.sign_in_again"),
        className: "button",
      }),
    ];
  }

  /* Whoever has just pressed or typed something and is not let in any more goes to the sign-in page at
     once, and comes back to what was asked for; not from the studio, where a drag may be in hand. A screen
     loads itself again: the server then says why. */
  function signedOut() {
    if (onWall() && !state.signedOut) location.reload();
    state.signedOut = true;
    if (!onWall() && navigator.userActivation.isActive && !document.getElementById("studio"))
      location.assign(wayBack());
    draw();
  }

  document.addEventListener("ikomek:signed-out", signedOut);
  document.addEventListener("ikomek:refused", ({ detail }) => {
    Object.assign(state, { refused: detail.message || "", refusedAt: performance.now() });
    draw();
  });
  document.addEventListener("DOMContentLoaded", () => {
    ikomek.live.on((message) => {
      if (message.type === "refused" && message.status === 401) signedOut();
      if (message.type === "back" && state.signedOut) {
        state.signedOut = false;
        draw();
      }
    });
    setInterval(draw, STEP_MS);
  });
})();
