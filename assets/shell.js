/* The header's clock and language, and the banners, kept alive from the live feed. Found again after Dash has laid out the shell. */
(function () {
  const ikomek = (window.ikomek = window.ikomek || {});
  const zone = document.documentElement.dataset.zone;
  const language = document.documentElement.dataset.lang;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".shell-language");
    if (!button || button.getAttribute("aria-pressed") === "true") return;
    await fetch("/language", { method: "POST", body: new URLSearchParams({ language: button.lang }) });
    window.location.reload();
  });
})();
