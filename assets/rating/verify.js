/* A closed month is counted again where it stands: the same to the byte, or what differs first. */
(function () {
  "use strict";
  const { byId } = window.ikomek;
  const QUIET_MS = 310000; // a month is counted from all its events

  async function verify(button) {
    const answer = byId("rating-verified");
    button.disabled = true;
    answer.className = "rating-verified";
    answer.textContent = button.dataset.busy;
    try {
      const { same, message } = await window.ikomek.send(
        `/api/v1/rating/${button.dataset.month}/verify`,
        {},
        { quietMs: QUIET_MS },
      );
      answer.classList.toggle("rating-changed", !same);
      answer.textContent = message;
    } catch (refused) {
      if (!(refused instanceof window.ikomek.Refused)) throw refused;
      answer.textContent = window.ikomek.refusalText(refused);
    }
    button.disabled = false;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#rating-verify");
    if (button) verify(button);
  });
})();
