/* A wall whose connection is lost asks whether it is still let in: a screen that was revoked then shows the page that says so in words, instead of waiting for ever.
   A server that does not answer changes nothing. */
(function () {
  "use strict";
  const EVERY_MS = 5000;

  async function ask() {
    const { ikomek } = window;
    if (!ikomek.live || !ikomek.live.lost || !document.getElementById("wall-show")) return;
    const answer = await fetch(`/words/${ikomek.language}.json`, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (answer && answer.status === 401) location.reload();
  }
  if (location.pathname.startsWith("/wall/")) setInterval(ask, EVERY_MS);
})();
