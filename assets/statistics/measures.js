/* Preventive measures of the view of what returns: one is proposed, done or given up, and the page is laid
   out anew with it. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const API = "/api/v1/prevention";

  function notify(text) {
    ikomek.byId("returns-message").textContent = text;
  }

  async function sent(button, address, body) {
    button.disabled = true;
    try {
      const done = await ikomek.send(address, body);
      notify(done.message);
      location.hash = "returns-measures";
      location.reload();
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      notify(ikomek.refusalText(refused));
      button.disabled = false;
    }
  }

  document.addEventListener(
    "toggle",
    (event) => {
      const slot = event.target.querySelector?.(".returns-due");
      if (!slot || slot.firstChild) return;
      const { label, least, most } = slot.dataset;
      const field = ikomek.dateField({ name: "due", label, least, most, changed: () => "" });
      field.className = "statistics-field";
      field.querySelector("input").required = true;
      slot.append(field);
    },
    true,
  );

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.(".returns-form");
    if (!form) return;
    event.preventDefault();
    const due = form.querySelector(".returns-due").firstChild;
    if (!due.iso) {
      due.querySelector("input").reportValidity();
      return;
    }
    const { location: place, topic, owner, measure } = Object.fromEntries(new FormData(form));
    const body = { location: place, owner, measure, due: due.iso, topic: topic || null };
    sent(form.querySelector("button[type=submit]"), API, body);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-measure]");
    if (button) sent(button, `${API}/${button.dataset.measure}/${button.dataset.how}`, {});
  });
})();
