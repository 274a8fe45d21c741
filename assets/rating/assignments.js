/* Indicators assigned to a manager: one is proposed, accepted or returned, and the page is laid out anew with
   it. A plan is typed in percent, with a comma or a point. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const API = "/api/v1/rating/assignments";
  const PERCENT = 100;

  function notify(text) {
    ikomek.byId("rating-message").textContent = text;
  }

  async function sent(button, address, body) {
    button.disabled = true;
    try {
      const done = await ikomek.send(address, body);
      notify(done.message);
      location.hash = "rating-assignments";
      location.reload();
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      notify(ikomek.refusalText(refused));
      button.disabled = false;
    }
  }

  function propose(form, button) {
    const { indicator, since, weight, plan, reason } = Object.fromEntries(new FormData(form));
    const { manager } = form.dataset;
    sent(button, API, {
      manager,
      indicator,
      since,
      weight: Number(weight),
      plan: plan ? Number(plan.replace(",", ".")) / PERCENT : null,
      reason,
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.(".rating-propose, .rating-answer");
    if (!form) return;
    event.preventDefault();
    if (form.matches(".rating-propose")) {
      propose(form, event.submitter);
      return;
    }
    const { how } = event.submitter.dataset,
      { reason } = Object.fromEntries(new FormData(form));
    sent(event.submitter, `${API}/${form.dataset.assignment}/${how}`, { reason });
  });
})();
