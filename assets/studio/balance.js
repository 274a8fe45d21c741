/* The tool "balance": every precinct of a district under the planning target, with the fewest voters
   moved; looked at as a whole, then taken as one step. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const byId = (id) => document.getElementById(id);

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node,
      number = ikomek.number;
    let shown = [];
    const proposalOf = ikomek.latest();

    function pick(event) {
      if (studio.tool !== "balance" || !studio.mayEdit()) return;
      const precinct = studio.plan.precinctAt(...studio.layer.toPlan(event.containerPoint));
      if (precinct && precinct.district != null) ask(precinct.district);
    }

    const title = (district) =>
      node("h2", {
        text: word("studio.balance", {
          district: studio.told.districts[district] || word("studio.balance.district"),
        }),
      });

    function ask(district) {
      const place = byId("studio-proposals");
      shown = [];
      place.replaceChildren(
        title(district),
        node("p", { class: "studio-quiet", text: word("studio.balance.wait") }),
      );
      proposalOf.ask(
        () => studio.post("balance", { district }),
        (found) => offer(district, found),
      );
    }

    function offer(district, found) {
      const place = byId("studio-proposals");
      if (found.error) {
        clear();
        studio.refused(found);
        return;
      }
      place.replaceChildren(
        title(district),
        found.gives.length
          ? card(found)
          : node("p", { text: word(found.left.length ? "studio.balance.stuck" : "studio.balance.none") }),
        ...(found.left.length
          ? [
              node("p", {
                class: "studio-quiet",
                text: word("studio.balance.left", {
                  precincts: found.left.map((one) => ikomek.numbered(one)).join(", "),
                }),
              }),
            ]
          : []),
      );
      shown = found.gives
        .flatMap((give) => give.buildings)
        .map((id) => studio.plan.buildings.get(id))
        .filter(Boolean);
      studio.layer.paintLive();
    }

    function card(found) {
      const rows = [...found.precincts]
        .sort((a, b) => b.before - a.before)
        .map((one) =>
          node(
            "button",
            {
              type: "button",
              class: "studio-row",
              "data-precinct": one.id,
              disabled: one.id == null,
              click: () => studio.goTo({ precinct: one.id }),
            },
            node("span", {
              text: one.number == null ? word("studio.new_precinct") : ikomek.numbered(one.number),
            }),
            one.before > 0 && node("small", { text: word("studio.was", { n: one.before }) }),
            node("b", { text: number(one.voters) }),
          ),
        );
      return node(
        "div",
        { class: "studio-proposal" },
        node("p", {
          class: "studio-quiet",
          text: [
            word("studio.voters", { n: found.voters_moved }),
            word("studio.houses", { n: found.houses_moved }),
          ].join(" · "),
        }),
        node("div", { class: "studio-rows" }, ...rows),
        node("button", {
          type: "button",
          id: "studio-balance-now",
          class: "studio-button studio-primary button",
          text: word("studio.accept"),
          click: () => accept(found),
        }),
      );
    }

    async function accept(found) {
      const gives = found.gives.map(({ to, buildings }) => ({ to, buildings }));
      const seen = studio.seenOf(
        found.precincts.map((one) => one.id).filter((id) => studio.plan.precincts.has(id)),
      );
      if (!(await studio.send("accept-balance", { gives, seen }))) return;
      clear();
      studio.say(word("studio.balanced", { n: found.precincts.length }), "done");
    }

    function clear() {
      proposalOf.forget();
      shown = [];
      byId("studio-proposals").replaceChildren();
      studio.layer.paintLive();
    }

    studio.overlays.set("balance", (ctx, layer) => {
      if (shown.length) layer.markHouses(ctx, shown, "selection");
    });
    studio.tools.set("balance", {
      enter: () =>
        studio.say(word(studio.mayEdit() ? "studio.hint.balance" : "studio.hint.read_only"), "hint"),
      leave: clear,
    });
    studio.map.on("click", pick);
    studio.hear("escape", () => {
      if (shown.length) clear();
    });
  });
})();
