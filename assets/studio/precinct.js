/* The chosen precinct: its number and kind, its station in a line, whether it is agreed with the
   commission, and what may be done with it. Precincts without ground are chosen and made here. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const KINDS = ["open", "closed", "abroad"];

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node;

    /* ---- the card ---- */

    function show() {
      const element = byId("studio-precinct"),
        own = studio.plan.precincts.get(studio.selected);
      element.replaceChildren();
      if (studio.selected == null) {
        if (studio.mayEdit()) element.append(...groundless());
        return;
      }
      if (!own) return;
      element.append(
        ...[
          describedAs(own),
          stationLine(own),
          own.lock && lockCard(own),
          own.kind !== "open" && studio.housesOfGroundless(own),
          studio.mayEdit() && actions(own),
        ].filter(Boolean),
      );
    }

    function describedAs(own) {
      const text = [
        word(`studio.kind.${own.kind}`),
        own.former != null && word("studio.former", { number: own.former }),
      ]
        .filter(Boolean)
        .join(" · ");
      return node("p", { class: "studio-quiet", id: "studio-described", text: text });
    }

    function stationLine(own) {
      const { station } = own;
      return node(
        "button",
        {
          type: "button",
          class: "studio-row",
          id: "studio-station-line",
          click: () => studio.use("station"),
        },
        node("span", { text: word("studio.station") }),
        station
          ? node("small", {
              text: [studio.stationName(station), studio.stationAddress(station)].filter(Boolean).join(", "),
            })
          : node("b", { class: "studio-missing", text: word("studio.station.none") }),
      );
    }

    function lockCard(own) {
      const { lock } = own;
      return node(
        "div",
        { class: "studio-lock", id: "studio-lock" },
        node(
          "div",
          {},
          node("strong", { text: word("studio.locked", { number: own.number }) }),
          node("span", {
            text: [ikomek.dayShort(new Date(lock.at) / 1000), lock.who, lock.document]
              .filter(Boolean)
              .join(", "),
          }),
        ),
      );
    }

    function actions(own) {
      return node(
        "div",
        { class: "studio-next studio-precinct-next" },
        !own.lock &&
          node("button", {
            type: "button",
            id: "studio-describe",
            text: word("studio.describe"),
            click: () => describe(own),
          }),
        !own.lock &&
          own.kind !== "open" &&
          node("button", {
            type: "button",
            id: "studio-remove",
            text: word("studio.remove"),
            click: () =>
              send(
                "remove",
                { precinct: own.id, seen: studio.seenOf([own.id]) },
                word("studio.removed", { number: own.number }),
              ),
          }),
        node("button", {
          type: "button",
          id: own.lock ? "studio-unlock" : "studio-to-lock",
          text: word(own.lock ? "studio.unlock" : "studio.lock"),
          click: () => (own.lock ? unlock(own) : lockIt(own)),
        }),
      );
    }

    /* Precincts that have no place on the map are chosen here, and new ones made. */
    function groundless() {
      const rows = [...studio.plan.precincts.values()]
        .filter((one) => one.kind !== "open")
        .sort((a, b) => a.number - b.number);
      return [
        rows.length > 0 && node("h2", { text: word("studio.groundless") }),
        rows.length > 0 &&
          node(
            "div",
            { class: "studio-rows" },
            ...rows.map((one) =>
              node(
                "button",
                {
                  type: "button",
                  class: "studio-row",
                  "data-precinct": one.id,
                  click: () => studio.select(one.id),
                },
                node("span", { text: ikomek.numbered(one.number) }),
                node("small", { text: word(`studio.kind.${one.kind}`) }),
              ),
            ),
          ),
        node("button", {
          type: "button",
          class: "studio-button",
          id: "studio-found-new",
          text: word("studio.found"),
          click: found,
        }),
      ].filter(Boolean);
    }

    /* ---- what is asked in a dialog ---- */

    /* `fields` as labels of a form; `then` gets their values when the form is confirmed. */
    function ask(title, lead, fields, then) {
      const form = node(
        "form",
        { method: "dialog", class: "studio-form" },
        node("h2", { text: title }),
        lead && node("p", { class: "studio-quiet", text: lead }),
        ...fields,
        node(
          "div",
          { class: "studio-next" },
          node("button", { class: "studio-primary", value: "yes", text: title }),
          node("button", { value: "no", formnovalidate: true, text: word("studio.cancel") }),
        ),
      );
      const dialog = node("dialog", { class: "studio-dialog" }, form);
      dialog.addEventListener("close", () => {
        if (dialog.returnValue === "yes") then(Object.fromEntries(new FormData(form)));
        dialog.remove();
      });
      byId("studio").append(dialog);
      dialog.showModal();
    }

    const label = (key, input) => node("label", { class: "field" }, node("span", { text: word(key) }), input);
    const choice = (kinds, chosen) =>
      node(
        "select",
        { name: "kind" },
        ...kinds.map((kind) =>
          node("option", { value: kind, selected: kind === chosen, text: word(`studio.kind.${kind}`) }),
        ),
      );
    const figure = (value, required) =>
      node("input", { name: "number", type: "number", min: 1, max: 99999, step: 1, required, value });

    function describe(own) {
      const kinds = own.kind === "open" ? ["open"] : KINDS.filter((kind) => kind !== "open");
      ask(
        word("studio.describe"),
        word(own.kind === "open" ? "studio.describe.open" : "studio.describe.closed"),
        [
          label("studio.ask.number", figure(own.number, true)),
          label("studio.ask.kind", choice(kinds, own.kind)),
        ],
        ({ number, kind }) => {
          const wanted = {
            ...(Number(number) !== own.number && { number: Number(number) }),
            ...(kind !== own.kind && { kind }),
          };
          if (!Object.keys(wanted).length) return;
          send(
            "describe",
            { precinct: own.id, ...wanted, seen: studio.seenOf([own.id]) },
            word("studio.described", { number, was: own.number }),
          );
        },
      );
    }

    function found() {
      ask(
        word("studio.found"),
        word("studio.found.lead"),
        [
          label("studio.ask.kind", choice(["closed", "abroad"], "closed")),
          label("studio.ask.number_free", figure(null, false)),
        ],
        async ({ kind, number }) => {
          const answer = await send("found", { kind, ...(number && { number: Number(number) }) });
          if (!answer) return;
          const known = new Set(answer.before.map((one) => one.id)),
            made = answer.precincts.find((one) => !known.has(one.id));
          studio.select(made.id);
          studio.announce(word("studio.founded", { number: made.number }), "done");
        },
      );
    }

    function lockIt(own) {
      ask(
        word("studio.lock"),
        word("studio.lock.lead", { number: own.number }),
        [label("studio.ask.protocol", node("input", { name: "document", maxlength: 500 }))],
        ({ document: protocol }) =>
          send(
            "lock",
            { precinct: own.id, document: protocol || null, seen: studio.seenOf([own.id]) },
            word("studio.lock.done", { number: own.number }),
          ),
      );
    }

    function unlock(own) {
      ask(
        word("studio.unlock"),
        word("studio.unlock.lead", { number: own.number, who: own.lock.who }),
        [label("studio.ask.reason", node("input", { name: "reason", required: true, maxlength: 500 }))],
        ({ reason }) =>
          send(
            "unlock",
            { precinct: own.id, reason, seen: studio.seenOf([own.id]) },
            word("studio.unlock.done", { number: own.number }),
          ),
      );
    }

    async function send(command, body, message) {
      const answer = await studio.send(command, body);
      if (answer && message) studio.announce(message, "done");
      return answer;
    }

    studio.hear("select", show);
    studio.hear("state", show);
    studio.hear("plan", () => {
      byId("studio").toggleAttribute(
        "data-locks",
        [...studio.plan.precincts.values()].some((one) => one.lock),
      );
      show();
    });
  });
})();
