/* The page /mode: it is read again when the mode is another one than it shows. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});

  const modeOf = (message) =>
    message.type === "change" && message.noun === "mode" ? message.payload.mode : message.mode;

  function heard(message) {
    const shown = document.querySelector("#mode-state [aria-current]")?.dataset.mode,
      mode = modeOf(message);
    if (shown && mode && mode !== shown) window.dash_clientside.set_props("mode-pulse", { data: Date.now() });
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (location.pathname === "/mode") ikomek.live.on(heard);
  });
})();
