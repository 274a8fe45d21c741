/* The view of kept reports: a link is made and shown once, or revoked. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const API = "/api/v1/reports";

  function notify(text) {
    byId("reports-message").textContent = text;
  }

  async function share(button) {
    const form = button.parentElement,
      body = {
        language: form.querySelector(".reports-language").value,
        days: Number(form.querySelector(".reports-days").value),
      };
    const done = await ikomek.send(`${API}/${button.dataset.share}/share`, body);
    const address = location.origin + done.address;
    form.querySelector(".reports-address").textContent = address;
    notify(done.message);
    await navigator.clipboard?.writeText(address).catch(() => {}); // it stands there to be copied by hand
  }

  async function revoke(button) {
    const done = await ikomek.send(`${API}/links/${button.dataset.revoke}/revoke`, {});
    button.closest("li").remove();
    notify(done.message);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-share], [data-revoke]");
    if (!button?.closest(".reports")) return;
    button.disabled = true;
    try {
      await (button.dataset.share ? share(button) : revoke(button));
    } catch (refused) {
      if (!(refused instanceof ikomek.Refused)) throw refused;
      notify(ikomek.refusalText(refused));
    } finally {
      button.disabled = false;
    }
  });
})();
