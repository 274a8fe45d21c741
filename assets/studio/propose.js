/* The tool "propose": valid ways to relieve an overfull precinct, each with what it would move; one is
   looked at on the map, then taken. */
(function () {
  "use strict";
  const ikomek = window.ikomek;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node,
      number = ikomek.number;

    const offers = ikomek.studioOffers(studio, "propose", {
      subject: ({ id, kind }) => (kind === "open" ? id : null),
      chooses: true,
      title: (id) => word("studio.proposals", { number: studio.plan.precincts.get(id).number }),
      wait: "studio.proposals.wait",
      request: (id) => ({ precinct: id }),
      cards({ proposals }, id) {
        if (!proposals.length) return [node("p", { text: word("studio.proposals.none") })];
        show(proposals[0]);
        return proposals.map((one) => card(id, one));
      },
    });

    function card(id, proposal) {
      const parts = proposal.parts.map((part) =>
        node(
          "div",
          { class: "studio-row" },
          node("span", {
            text: part.number == null ? word("studio.new_precinct") : ikomek.numbered(part.number),
          }),
          node("b", { text: number(part.voters) }),
        ),
      );
      const facts = [
        word("studio.voters", { n: proposal.voters_moved }),
        word("studio.houses", { n: proposal.houses_moved }),
        word(proposal.crosses ? "studio.crosses" : "studio.crosses.none", { n: proposal.crosses }),
      ];
      return node(
        "div",
        { class: "studio-proposal" },
        node(
          "button",
          { type: "button", class: "studio-proposal-head", click: () => show(proposal) },
          node("strong", { text: word(`studio.proposal.${proposal.kind}`) }),
          node("small", { text: facts.join(" · ") }),
        ),
        ...parts,
        node("button", {
          type: "button",
          class: "studio-button studio-primary button",
          text: word("studio.accept"),
          click: () => accept(id, proposal),
        }),
      );
    }

    function show(proposal) {
      const lines = proposal.lines.coordinates.map((line) => line.map((point) => studio.plan.local(point)));
      offers.show(proposal.gives, lines);
    }

    async function accept(id, proposal) {
      const gives = proposal.gives.map(({ to, buildings }) => ({ to, buildings })),
        seen = studio.seenOf([id]);
      const answer = await studio.send("accept", { precinct: id, gives, seen });
      if (!answer) return;
      offers.clear();
      studio.announce(
        word("studio.accepted", {
          precincts: answer.precincts.map((one) => ikomek.numbered(one.number)).join(", "),
        }),
        "done",
      );
    }
  });
})();
