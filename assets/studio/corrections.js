/* What a person has to decide: a house that votes elsewhere than it stands, a hole that may be lawful, an
   address that nobody knows yet, and the worklist of a plan made from a text or a list. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node,
      number = ikomek.number;

    /* ---- a mismatch ---- */

    /* The two ways out: the border is led around the house, or it votes where it stands. */
    function offer(item) {
      const building = studio.plan.buildings.get(item.building),
        listed = building && studio.plan.precincts.get(building.precinct);
      const stands = building && studio.plan.precinctAt(...building.xy);
      if (!listed || !stands || listed === stands || !studio.mayEdit()) return;
      const seen = studio.seenOf([listed.id, stands.id]);
      byId("studio-options").replaceChildren(
        node("p", {
          text: word("studio.mend", {
            address: studio.plan.address(building),
            number: listed.number,
            other: stands.number,
          }),
        }),
        way("border", listed, () => correct("give", { buildings: [building.id], to: listed.id, seen })),
        way("map", stands, () => correct("assign", { buildings: [building.id], to: null, seen })),
        node("button", { type: "button", class: "studio-button", text: word("studio.cancel"), click: close }),
      );
    }

    const way = (name, precinct, click) =>
      node("button", {
        type: "button",
        id: `studio-correct-${name}`,
        class: "studio-button studio-primary button",
        click,
        text: word(`studio.mend.${name}`, { number: precinct.number }),
      });

    async function correct(command, body) {
      if (!(await studio.send(command, body))) return;
      close();
      studio.announce(word("studio.mended"), "done");
    }

    /* ---- a hole, an address ---- */

    /* A lake, a foreign territory: accepted with a reason, it is no gap. */
    function offerHole(item) {
      if (!studio.mayEdit()) return;
      const reason = node("input", {
        type: "text",
        maxlength: 500,
        required: true,
        "aria-label": word("studio.ask.reason"),
        placeholder: word("studio.ask.reason"),
      });
      const form = node(
        "form",
        { class: "studio-form" },
        node("p", { text: word("studio.hole", { area: number(Math.round(item.area_m2)) }) }),
        node("div", { class: "field" }, reason),
        node(
          "div",
          { class: "studio-next" },
          node("button", { type: "submit", class: "studio-primary", text: word("studio.hole.accept") }),
          node("button", { type: "button", text: word("studio.cancel"), click: close }),
        ),
      );
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        accept(item, reason.value);
      });
      byId("studio-options").replaceChildren(form);
    }

    async function accept(item, reason) {
      const answer = await studio.post("holes", { place: item.point, reason });
      if (answer.error) {
        studio.refused(answer);
        return;
      }
      close();
      studio.announce(word("studio.hole.accepted"), "done");
      studio.checkSoon();
    }

    async function newAddress(event) {
      if (studio.tool !== "address" || !studio.mayEdit()) return;
      const { lng, lat } = event.latlng;
      ikomek.newAddress([lng, lat], byId("studio"), async (made) => {
        studio.announce(made.said, "done");
        await studio.readAll();
        studio.goTo({ building: made.building });
      });
    }

    const close = () => byId("studio-options").replaceChildren();

    /* ---- the worklist ---- */

    async function readUnmatched() {
      const found = await studio.read("doubts");
      if (found.error) {
        studio.refused(found);
        return;
      }
      byId("studio-unmatched").replaceChildren();
      if (!found.doubts.length) return;
      byId("studio-unmatched").append(
        node("h2", { text: `${word("studio.doubts")} · ${number(found.doubts.length)}` }),
        node("div", { class: "studio-rows" }, ...found.doubts.map(row)),
      );
    }

    function row(unmatched) {
      return node(
        "div",
        { class: "studio-row studio-unmatched-row" },
        node(
          "button",
          { type: "button", class: "studio-unmatched-link", click: () => lead(unmatched) },
          node("span", {
            text: [unmatched.precinct != null && ikomek.numbered(unmatched.precinct), unmatched.text]
              .filter(Boolean)
              .join(" · "),
          }),
          node("small", { text: unmatched.said }),
        ),
        studio.session.may.edit &&
          node("button", {
            type: "button",
            class: "studio-button",
            text: word("studio.doubts.settle"),
            click: () => settle(unmatched),
          }),
      );
    }

    function lead(unmatched) {
      const building = studio.plan.buildings.get(unmatched.building),
        held = building && studio.plan.precincts.get(building.precinct);
      studio.goTo({ building: unmatched.building, number: unmatched.precinct ?? held?.number });
    }

    async function settle(unmatched) {
      const answer = await studio.post("settle", { doubt: unmatched.id });
      if (answer.error) studio.refused(answer);
      else readUnmatched();
    }

    studio.hear("place", ({ key, item }) => {
      if (key === "wrong_side") offer(item);
      else if (key === "gaps") offerHole(item);
    });
    studio.tools.set("address", {
      enter: () =>
        studio.announce(word(studio.mayEdit() ? "studio.hint.address" : "studio.hint.read_only"), "hint"),
    });
    studio.map.on("click", newAddress);
    studio.hear("escape", close);
    studio.hear("select", (precinct) => {
      if (precinct == null) close();
    });
    readUnmatched();
  });
})();
