/* The tool "propose": valid ways to mend an overfull precinct, each with what it would move; one is looked
   at on the map, then taken. And the border's legal text. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const byId = (id) => document.getElementById(id);

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node,
      number = ikomek.number;
    const proposalsOf = ikomek.latest(),
      textOf = ikomek.latest();
    let shown = null,
      spoken = ikomek.language === "kk" ? "kk" : "ru";

    function pick(event) {
      if (studio.tool !== "propose" || !studio.mayEdit()) return;
      const precinct = studio.plan.precinctAt(...studio.layer.toPlan(event.containerPoint));
      if (precinct) {
        studio.select(precinct.id);
        ask(precinct);
      }
    }

    function ask(precinct) {
      const place = byId("studio-proposals");
      shown = null;
      place.replaceChildren(
        node("h2", { text: word("studio.proposals", { number: precinct.number }) }),
        node("p", { class: "studio-quiet", text: word("studio.proposals.wait") }),
      );
      proposalsOf.ask(
        () => studio.post("propose", { precinct: precinct.id }),
        (answer) => offer(precinct, answer),
      );
    }

    function offer(precinct, answer) {
      const place = byId("studio-proposals");
      if (answer.error) {
        clear();
        studio.refused(answer);
        return;
      }
      const found = answer.proposals;
      place.replaceChildren(
        node("h2", { text: word("studio.proposals", { number: precinct.number }) }),
        ...(found.length
          ? found.map((one, i) => card(precinct, one, i))
          : [node("p", { text: word("studio.proposals.none") })]),
      );
      if (found.length) show(found[0]);
    }

    function card(precinct, proposal, i) {
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
        { class: "studio-proposal", "data-place": i },
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
          click: () => accept(precinct, proposal),
        }),
      );
    }

    function show(proposal) {
      shown = {
        lines: proposal.lines.coordinates.map((line) => line.map((point) => studio.plan.local(point))),
        houses: proposal.gives
          .flatMap((give) => give.buildings)
          .map((id) => studio.plan.buildings.get(id))
          .filter(Boolean),
      };
      studio.layer.paintLive();
    }

    async function accept(precinct, proposal) {
      const gives = proposal.gives.map(({ to, buildings }) => ({ to, buildings })),
        seen = { [precinct.id]: studio.plan.precincts.get(precinct.id).version };
      const answer = await studio.send("accept", { precinct: precinct.id, gives, seen });
      if (!answer) return;
      clear();
      studio.say(
        word("studio.accepted", {
          precincts: answer.precincts.map((one) => ikomek.numbered(one.number)).join(", "),
        }),
        "done",
      );
    }

    function clear() {
      proposalsOf.forget();
      shown = null;
      byId("studio-proposals").replaceChildren();
      studio.layer.paintLive();
    }

    studio.overlays.set("proposal", (ctx, layer) => {
      if (!shown) return;
      layer.strokeLines(ctx, shown.lines, "selection", 4, [10, 6]);
      layer.markHouses(ctx, shown.houses, "selection");
    });

    /* ---- the legal text ---- */

    function readText() {
      const place = byId("studio-text"),
        precinct = studio.plan.precincts.get(studio.selected);
      if (!precinct) {
        textOf.forget();
        place.replaceChildren();
        return;
      }
      textOf.ask(
        () => studio.read(`text?number=${precinct.number}&lang=${spoken}`),
        (answer) => showText(precinct, answer),
      );
    }

    function showText(precinct, answer) {
      const place = byId("studio-text");
      place.replaceChildren();
      if (answer.error) return;
      place.append(
        node(
          "header",
          { class: "studio-text-head" },
          node("h2", { text: word("studio.text", { number: precinct.number }) }),
          ...["kk", "ru"].map((lang) =>
            node("button", {
              type: "button",
              class: "studio-button",
              lang,
              "aria-pressed": String(lang === spoken),
              text: word(`studio.text.${lang}`),
              click: () => {
                spoken = lang;
                readText();
              },
            }),
          ),
          node("button", {
            type: "button",
            class: "studio-button",
            id: "studio-copy",
            text: word("studio.copy"),
            click: () => copy(answer.lines),
          }),
        ),
        node(
          "div",
          { lang: spoken },
          ...answer.lines.map((line) => node("p", { text: `${line};` })),
          answer.untold > 0 &&
            node("p", { class: "studio-quiet", text: word("studio.untold", { n: answer.untold }) }),
        ),
      );
    }

    async function copy(lines) {
      try {
        await navigator.clipboard.writeText(lines.map((line) => `${line};`).join("\n"));
        studio.say(word("studio.copied"), "done");
      } catch {
        window.getSelection().selectAllChildren(byId("studio-text").lastElementChild);
        studio.say(word("studio.copy.by_key"), "hint");
      }
    }

    studio.tools.set("propose", {
      enter: () =>
        studio.say(word(studio.mayEdit() ? "studio.hint.propose" : "studio.hint.read_only"), "hint"),
      leave: clear,
    });
    studio.map.on("click", pick);
    studio.hear("escape", () => {
      if (shown) clear();
    });
    studio.hear("select", readText);
    studio.hear("plan", ({ touched }) => {
      if (touched.includes(studio.selected)) readText();
    });
  });
})();
