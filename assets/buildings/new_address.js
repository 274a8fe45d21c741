/* A new address, made where the map was clicked: asked in a dialog by the pages /buildings and /precincts. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const FIELDS = ["street_ru", "street_kk", "house"],
    LONGEST = 200;

  /* `point`: [lon, lat]; `page`: the element that the dialog belongs to; `done` gets the server's answer. */
  ikomek.newAddress = function (point, page, done) {
    const node = ikomek.node,
      word = ikomek.word;
    const fields = FIELDS.map((name) =>
      node(
        "label",
        { class: "field" },
        node("span", { text: word(`new_address.${name}`) }),
        node("input", {
          name,
          type: "text",
          maxlength: LONGEST,
          required: name !== "street_kk",
          autocomplete: "off",
        }),
      ),
    );
    const submit = node("button", {
      type: "submit",
      class: "studio-primary",
      text: word("new_address.make"),
    });
    const wrong = node("p", { class: "new-address-wrong", role: "alert" });
    const form = node(
      "form",
      { class: "studio-form" },
      node("h2", { text: word("new_address.title") }),
      node("p", { class: "studio-quiet", text: word("new_address.about") }),
      ...fields,
      wrong,
      node(
        "div",
        { class: "studio-next" },
        submit,
        node("button", { type: "button", text: word("studio.cancel"), click: () => dialog.close() }),
      ),
    );
    const dialog = node("dialog", { class: "studio-dialog", id: "new-address" }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      const values = Object.fromEntries(
        [...new FormData(form)].map(([name, value]) => [name, value.trim() || null]),
      );
      submit.disabled = true; // or a second Enter would make the address twice
      const answer = await make({ ...values, house: values.house || "", point });
      submit.disabled = false;
      if (answer.message || answer.error) {
        wrong.textContent = answer.message || answer.error;
        return;
      }
      dialog.close();
      done(answer);
    });
    dialog.addEventListener("close", () => dialog.remove());
    page.append(dialog);
    dialog.showModal();
  };

  async function make(body) {
    try {
      return await ikomek.send("/api/v1/buildings", body);
    } catch (error) {
      return error.code
        ? error.refusal
        : { message: ikomek.word("buildings.away", { part: ikomek.silentPart() }) };
    }
  }
})();
