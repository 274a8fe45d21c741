/* Dark or light, for whoever sits at a desk: a button in the header, kept for this browser. The server reads
   the cookie, so that the next page comes in its colours at once. A wall has the theme of its scene. */
(function () {
  "use strict";
  const COOKIE = "ikomek_theme",
    KEPT_S = 400 * 24 * 3600,
    root = document.documentElement;

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#shell-theme");
    if (!button) return;
    const light = root.dataset.theme !== "light";
    if (light) root.dataset.theme = "light";
    else delete root.dataset.theme;
    button.setAttribute("aria-pressed", String(light));
    // biome-ignore lint/suspicious/noDocumentCookie: the server reads it with the next page
    document.cookie = `${COOKIE}=${light ? "light" : "dark"}; path=/; max-age=${KEPT_S}; samesite=lax`;
  });
})();
