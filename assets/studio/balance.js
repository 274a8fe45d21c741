/* The tool "balance": every precinct of a district under the planning target, with the fewest voters
   moved; looked at as a whole, then taken as one step. */
(function () {
  "use strict";
  const ikomek = window.ikomek;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node,
      number = ikomek.number;

    const offers = ikomek.studioOffers(studio, "balance", {
      subject: ({ district, kind }) => (kind === "open" ? district : null),
      title: (district) =>
        word("studio.balance", {
          district: studio.session.districts[district] || word("studio.balance.district"),
        }),
      wait: "studio.balance.wait",
      request: (district) => ({ district }),
      cards(found) {
        if (found.gives.length) offers.show(found.gives);
        return [
          found.gives.length
            ? card(found)
            : node("p", { text: word(found.left.length ? "studio.balance.stuck" : "studio.balance.none") }),
          ...(found.left.length ? [left(found.left)] : []),
        ];
      },
    });

    const left = (numbers) =>
      node("p", {
        class: "studio-quiet",
        text: word("studio.balance.left", {
          precincts: numbers.map((one) => ikomek.numbered(one)).join(", "),
        }),
      });

    function card(found) {
      const rows = [...found.precincts].sort((a, b) => b.before - a.before).map(row);
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

    const row = (one) =>
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
      );

    async function accept(found) {
      const gives = found.gives.map(({ to, buildings }) => ({ to, buildings }));
      const seen = studio.seenOf(
        found.precincts.map((one) => one.id).filter((id) => studio.plan.precincts.has(id)),
      );
      if (!(await studio.send("accept-balance", { gives, seen }))) return;
      offers.clear();
      studio.announce(word("studio.balanced", { n: found.precincts.length }), "done");
    }
  });
})();
