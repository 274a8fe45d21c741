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

  /* Asked once more, with the draft's name: nobody can bring it back. */
  function askToDelete(button) {
    const { node, word } = ikomek;
    const form = node("form", { method: "dialog", class: "studio-form" }, node("h2", { text: word("studio.delete") }),
      node("p", { text: word("studio.delete.ask", { name: button.dataset.name }) }),
      node("div", { class: "studio-next" }, node("button", { class: "studio-primary", value: "yes", text: word("studio.delete") }),
        node("button", { value: "no", text: word("studio.cancel") })));
    const dialog = node("dialog", { class: "studio-dialog" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "yes") deletePlan(button.dataset.plan);
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  async function deletePlan(plan) {
    const answer = await fetch(`/api/v1/plans/${plan}/delete`,
      { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
    const deleted = await answer.json();
    if (deleted.error) document.getElementById("studio-plans-said").textContent = deleted.message;
    else location.reload();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".studio-delete");
    if (button) askToDelete(button);
  });

  new MutationObserver(drawAll).observe(document.documentElement, { childList: true, subtree: true });
  drawAll();
})();
