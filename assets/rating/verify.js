/* A closed month is counted again where it stands: the same to the byte, or what differs first. */
(function () {
  "use strict";
  const { byId } = window.ikomek;
  const QUIET_MS = 310000; // a month is counted from all its events

  async function verify(button) {
    const said = byId("rating-verified");
    button.disabled = true;
    said.className = "rating-verified";
    said.textContent = button.dataset.busy;
    try {
      const { same, message } = await window.ikomek.send(
        `/api/v1/rating/${button.dataset.month}/verify`,
        {},
        { quietMs: QUIET_MS },
      );
      said.classList.toggle("rating-changed", !same);
      said.textContent = message;
    } catch (refused) {
      if (!(refused instanceof window.ikomek.Refused)) throw refused;
      said.textContent = window.ikomek.refusalText(refused);
    }
    button.disabled = false;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#rating-verify");
    if (button) verify(button);
  });
})();
