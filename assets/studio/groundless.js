/* The houses of a precinct without ground (a hospital, a place of detention): they are its own because a
   person said so. Listed in its card; given by lasso, by click or by address, and given back one by one. */
(function () {
  "use strict";
  const ikomek = window.ikomek;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node;

    /* The chosen precinct where it has no ground, else none. */
    studio.groundless = function () {
      const own = studio.plan.precincts.get(studio.selected);
      return own && own.kind !== "open" ? own : null;
    };

    studio.housesOfGroundless = function (own) {
      const houses = studio.plan.housesOf(own.id).map((one) => [studio.plan.address(one), one]),
        free = studio.mayEdit() && !own.lock;
      houses.sort(([a], [b]) => a.localeCompare(b, ikomek.language, { numeric: true }));
      return node(
        "div",
        { class: "studio-groundless", id: "studio-groundless" },
        node("h2", { text: word("studio.groundless.houses") }),
        houses.length
          ? node("div", { class: "studio-rows" }, ...houses.map(([named, one]) => row(own, named, one, free)))
          : node("p", { class: "studio-quiet", text: word("studio.groundless.none") }),
        ...(free ? ways(own) : []),
      );
    };

    function row(own, named, one, free) {
      return node(
        "div",
        { class: "studio-row", "data-building": one.id },
        node(
          "button",
          {
            type: "button",
            class: "studio-unmatched-link",
            click: () => {
              studio.fly([one.lon, one.lat], 17);
              studio.marked = [one];
              studio.layer.paintLive();
            },
          },
          node("span", { text: named }),
          node("small", { text: word("studio.voters", { n: one.voters }) }),
        ),
        free &&
          node("button", {
            type: "button",
            class: "studio-button",
            "aria-label": `${word("studio.groundless.back")}: ${named}`,
            text: word("studio.groundless.back"),
            click: () => giveBack(own, named, one),
          }),
      );
    }

    const ways = (own) => [
      studio.addressField("studio-groundless-address", word("studio.groundless.address"), (one) =>
        take(own, one),
      ),
      node("button", {
        type: "button",
        class: "studio-button",
        id: "studio-groundless-give",
        text: word("studio.groundless.give"),
        click: () => {
          studio.use("give");
          studio.toMap();
        },
      }),
    ];

    async function take(own, one) {
      const faces = [own.id, one.precinct].filter((face) => studio.plan.precincts.has(face));
      const body = { buildings: [one.id], to: own.id, seen: studio.seenOf(faces) };
      if (!(await studio.send("assign", body))) return;
      const houses = word("studio.houses", { n: 1 });
      studio.announce(word("studio.assigned", { number: own.number, houses }), "done");
    }

    /* Where it stands: the precinct whose ground holds it. */
    async function giveBack(own, named, one) {
      const body = { buildings: [one.id], to: null, seen: studio.seenOf([own.id]) };
      if (await studio.send("assign", body))
        studio.announce(word("studio.groundless.returned", { address: named }), "done");
    }
  });
})();
