/* Proof of an incident: the field for a picture in its form, a picture dropped on the card, and one shown
   whole. `actions.js` sends it. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const ACCEPT = "image/jpeg,image/png,image/webp";
  const form = () => document.querySelector('#duty-dock [data-form="attach"]');

  /* The field, made once where the form has its place. */
  function field() {
    const container = form()?.querySelector(".duty-picture");
    if (!container) return null;
    if (!container.firstChild) {
      const label = document.createElement("label"),
        name = Object.assign(document.createElement("span"), { textContent: container.dataset.label }),
        input = Object.assign(document.createElement("input"), { type: "file", accept: ACCEPT }),
        chosen = Object.assign(document.createElement("span"), { className: "duty-picture-name" });
      input.addEventListener("change", nameChosen);
      label.append(name, input, chosen);
      container.append(label);
    }
    return container.querySelector("input");
  }

  /* The browser says what is chosen in its own language; the page says it over that in its own. */
  function nameChosen() {
    const container = form().querySelector(".duty-picture");
    container.querySelector(".duty-picture-name").textContent =
      field().files[0]?.name || container.dataset.empty;
  }

  /* What is sent of a click: the action as JSON, and the file. */
  function body(action) {
    const data = new FormData();
    data.append("action", JSON.stringify(action));
    data.append("picture", field().files[0]);
    return data;
  }

  function begin(stage, files) {
    ikomek.dutyActions.begin("attach");
    if (!form() || form().hidden) return;
    form().querySelector('[data-name="stage"]').value = stage;
    if (files?.length) field().files = files;
    nameChosen();
  }

  const slotOf = (event) => event.target.closest?.("#duty-card .duty-proof-slot");

  document.addEventListener("dragover", (event) => {
    if (!slotOf(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });

  document.addEventListener("drop", (event) => {
    const slot = slotOf(event);
    if (!slot) return;
    event.preventDefault();
    begin(slot.dataset.slot, event.dataTransfer.files);
  });

  /* ---- one picture whole ---- */

  function showWhole(link) {
    const dialog = Object.assign(document.createElement("dialog"), { id: "duty-picture" }),
      close = Object.assign(document.createElement("button"), { className: "duty-close", textContent: "×" }),
      picture = Object.assign(document.createElement("img"), { src: link.href });
    picture.alt = link.querySelector("img").alt;
    close.setAttribute("aria-label", ikomek.word("shell.close"));
    dialog.append(close, picture);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    byId("duty").append(dialog);
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#duty-card .duty-proof"),
      slot = slotOf(event);
    if (slot) begin(slot.dataset.slot);
    else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      showWhole(link);
    }
  });

  ikomek.dutyProof = { field, nameChosen, body };
})();
