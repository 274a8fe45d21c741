/* The list of plans: each card's picture is drawn into the page, so that its colours are those of the page's theme. */
(function () {
  "use strict";

  async function draw(place) {
    const address = place.dataset.picture, answer = await fetch(address);
    delete place.dataset.picture;
    if (!answer.ok) { place.dataset.empty = "true"; return; }
    const drawn = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    place.replaceChildren(document.importNode(drawn, true));
  }

  function drawAll() {
    for (const place of document.querySelectorAll(".studio-plan-picture[data-picture]:not([data-asked])")) {
      place.dataset.asked = "true";
      draw(place);
    }
  }

  new MutationObserver(drawAll).observe(document.documentElement, { childList: true, subtree: true });
  drawAll();
})();
