/* What people say to the rating: an indicator proposed to a manager, an objection to a case, and what another
   person answers. A form names its route; the page is laid out anew with what was said. A plan is typed in
   percent, with a comma or a point. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const API = "/api/v1/rating/";
  const PERCENT = 100;
  const READ = {
    weight: Number,
    plan: (typed) => (typed ? Number(typed.replace(",", ".")) / PERCENT : null),
    performer: (key) => key || null,
  };

  function bodyOf(form) {
    const { manager, month } = form.dataset,
      typed = Object.entries(Object.fromEntries(new FormData(form)));
    return {
      ...(manager && { manager }),
      ...(month && { month }),
      ...Object.fromEntries(typed.map(([name, value]) => [name, READ[name] ? READ[name](value) : value])),
    };
  }

  async function send(form, button) {
    const { how } = button.dataset,
      section = form.closest(".rating-messages");
    button.disabled = true;
    try {
      await ikomek.send(API + form.dataset.route + (how ? `/${how}` : ""), bodyOf(form));
      location.hash = section.id;
      location.reload();
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      section.querySelector("[role=status]").textContent = ikomek.refusalText(refused);
      button.disabled = false;
    }
  }

  /* Whose a case is must be chosen by who accepts an objection, not by who rejects it. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".rating-form [data-how]"),
      { performer } = button?.form.elements ?? {};
    if (performer) performer.required = button.dataset.how === "accept";
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.(".rating-form");
    if (!form) return;
    event.preventDefault();
    send(form, event.submitter);
  });
})();
