/* A note to a year is sent, and the view is laid out anew with it. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const API = "/api/v1/statistics/notes";

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.id !== "statistics-note") return;
    event.preventDefault();
    const { year, ...others } = Object.fromEntries(new FormData(form));
    event.submitter.disabled = true;
    try {
      await ikomek.send(API, { ...others, year: Number(year) });
      location.assign("/statistics?view=notes");
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      ikomek.byId("statistics-note-message").textContent = ikomek.refusalText(refused);
      event.submitter.disabled = false;
    }
  });
})();
