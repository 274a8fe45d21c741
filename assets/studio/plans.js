/* The list of plans: each card's picture is drawn into the page, so that its colours are those of the
   page's theme. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const AGAIN_MS = 5000;

  /* A plan that has no picture is told so by the server; a server that is away is asked again. */
  async function draw(picture) {
    try {
      const text = await ikomek.ask(picture.dataset.picture, { as: "text" });
      picture.replaceChildren(
        document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true),
      );
    } catch (error) {
      if (error.status === 0 || error.status >= 500) {
        if (picture.isConnected) setTimeout(draw, AGAIN_MS, picture);
        return;
      }
      picture.dataset.empty = "true";
    }
    delete picture.dataset.picture;
  }

  function drawAll() {
    for (const picture of document.querySelectorAll(
      ".studio-plan-picture[data-picture]:not([data-requested])",
    )) {
      picture.dataset.requested = "true";
      draw(picture);
    }
  }

  /* Asked once more, with the draft's name: nobody can bring it back. */
  function askToDelete(button) {
    const { node, word } = ikomek;
    const form = node(
      "form",
      { method: "dialog", class: "studio-form" },
      node("h2", { text: word("studio.delete") }),
      node("p", { text: word("studio.delete.ask", { name: button.dataset.name }) }),
      node(
        "div",
        { class: "studio-next" },
        node("button", { class: "studio-primary", value: "yes", text: word("studio.delete") }),
        node("button", { value: "no", text: word("studio.cancel") }),
      ),
    );
    const dialog = node("dialog", { class: "studio-dialog" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "yes") deletePlan(button.dataset.plan);
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  async function deletePlan(plan) {
    try {
      await ikomek.send(`/api/v1/plans/${plan}/delete`, {});
      location.reload();
    } catch (error) {
      byId("studio-plans-message").textContent = error.code
        ? error.message
        : ikomek.word("studio.unanswered", { part: ikomek.silentPart() });
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".studio-delete");
    if (button) askToDelete(button);
  });

  new MutationObserver(drawAll).observe(document.documentElement, { childList: true, subtree: true });
  drawAll();
})();
