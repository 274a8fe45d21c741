/* The panel of the tool "polling station": the precinct and its station, the address field, the candidates
   with the metres on foot, and what is asked of the chosen one: name, entrance, who else votes there. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const KEYS = 9,
    MOST_FOUND = 6;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node,
      number = ikomek.number,
      state = studio.station;
    const metres = (n) => (n == null ? "–" : word("map.metres", { n: n }));
    const named = (one) =>
      (ikomek.language === "kk" ? one.name_kk : one.name_ru) || one.name_ru || one.name_kk;

    studio.stationName = named;
    studio.stationAddress = (one) => (ikomek.language === "kk" ? one.address_kk : one.address_ru) || "";

    /* Drawn anew whenever something is heard; who is typing keeps the field, its words and the cursor. */
    function show() {
      const element = byId("studio-station"),
        typing =
          element.contains(document.activeElement) &&
          document.activeElement.matches("input") &&
          document.activeElement;
      const kept = typing && {
        name: typing.name,
        id: typing.id,
        value: typing.value,
        at: typing.selectionStart,
      };
      draw(element);
      const again = kept && element.querySelector(kept.name ? `[name="${kept.name}"]` : `#${kept.id}`);
      if (!again) return;
      again.value = kept.value;
      again.dispatchEvent(new Event("input")); // what was found for these words stands below again
      again.focus({ preventScroll: true });
      if (again.type === "text") again.setSelectionRange(kept.at, kept.at);
    }

    function draw(element) {
      const own = state.own();
      element.replaceChildren();
      studio.layer?.paintLive();
      if (!state.using()) return;
      if (!own) {
        element.append(
          node("h2", { text: word("studio.station") }),
          node("p", { class: "studio-quiet", text: word("studio.station.pick") }),
        );
        return;
      }
      element.append(head(own), ...(own.station ? [current(own)] : []));
      if (!studio.mayEdit()) return;
      if (own.kind === "open") element.append(field(), list());
      else element.append(byAddress(own));
    }

    function head(own) {
      const facts = [
        word("studio.voters", { n: own.voters }),
        word("studio.houses", { n: own.buildings }),
        state.origin && word("studio.station.from", { number: state.origin.number, n: state.origin.voters }),
      ].filter(Boolean);
      return node(
        "div",
        { class: "studio-station-head" },
        node("h2", { text: word("studio.station.of", { number: own.number }) }),
        !own.station && node("b", { class: "studio-missing", text: word("studio.station.none") }),
        node("p", { class: "studio-quiet", text: facts.join(" · ") }),
      );
    }

    function current(own) {
      const { station } = own,
        entrance = ikomek.language === "kk" ? station.entrance_kk : station.entrance_ru;
      return node(
        "div",
        { class: "studio-station-now", id: "studio-station-now" },
        node(
          "div",
          {},
          node("strong", { text: named(station) }),
          node("span", { text: [studio.stationAddress(station), entrance].filter(Boolean).join(" · ") }),
        ),
        studio.mayEdit() &&
          node("button", {
            type: "button",
            class: "studio-button",
            id: "studio-station-clear",
            text: word("studio.station.clear"),
            click: () => state.set(null),
          }),
      );
    }

    const field = () =>
      studio.addressField("studio-station-address", word("studio.station.address"), (one) => {
        studio.fly([one.lon, one.lat], 16);
        state.choose(one.id);
      });

    /* A field for an address, with the houses found below it. */
    studio.addressField = function (id, label, pick) {
      const list = node("div", { class: "studio-found" });
      const input = node("input", {
        id,
        type: "search",
        autocomplete: "off",
        placeholder: label,
        "aria-label": label,
      });
      input.addEventListener("input", () => {
        const found = studio.findHouses(input.value).slice(0, MOST_FOUND);
        list.replaceChildren(
          ...found.map((one) =>
            node(
              "button",
              {
                type: "button",
                class: "studio-result",
                click: () => pick(one),
              },
              node("span", { text: studio.plan.address(one) }),
            ),
          ),
        );
      });
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && list.firstChild) {
          event.preventDefault();
          list.firstChild.click();
        }
        if (event.key === "Escape") {
          input.value = "";
          list.replaceChildren();
          input.blur();
        }
      });
      return node(
        "div",
        { class: "studio-station-field" },
        input,
        node("kbd", { text: "/", "aria-hidden": "true" }),
        list,
      );
    };

    function list() {
      if (!state.candidates)
        return node("p", { class: "studio-quiet", text: word("studio.station.reading") });
      if (!state.candidates.length)
        return node("p", {
          class: "studio-quiet",
          id: "studio-station-nothing",
          text: word("studio.station.nothing"),
        });
      const shown = state.shown(),
        more = state.candidates.length - shown.length;
      return node(
        "div",
        { class: "studio-candidates" },
        node(
          "p",
          { class: "studio-candidates-head studio-quiet" },
          node("span", { text: word("studio.station.candidates") }),
          node("span", { text: word("studio.station.farthest") }),
          node("span", { text: word("studio.station.median") }),
        ),
        ...shown.map(candidate),
        more > 0 &&
          node("button", {
            type: "button",
            class: "studio-row",
            id: "studio-station-more",
            text: word("studio.more", { n: more }),
            click: () => {
              state.all = true;
              show();
            },
          }),
      );
    }

    function candidate(one, index) {
      const chosen = one.building === state.chosen,
        walk = state.walks.get(one.building) || one;
      return node(
        "div",
        { class: "studio-candidate", "data-building": one.building, "data-chosen": String(chosen) },
        node(
          "button",
          {
            type: "button",
            class: "studio-candidate-row",
            "aria-expanded": String(chosen),
            click: () => state.choose(chosen ? null : one.building),
          },
          node("kbd", { text: index < KEYS ? String(index + 1) : "·" }),
          node(
            "span",
            {},
            node("strong", {
              text: named(one) || address(one) || word("studio.no_address", { id: one.building }),
            }),
            node("small", {}, ...where(one)),
          ),
          node("b", { text: metres(walk.farthest_m) }),
          node("b", { text: metres(walk.median_m) }),
        ),
        chosen && details(walk),
      );
    }

    const address = (one) =>
      [(ikomek.language === "kk" && one.street_kk) || one.street_ru || one.street_kk, one.house]
        .filter(Boolean)
        .join(" ");

    function where(one) {
      const held = studio.plan.buildings.get(one.building),
        stands = held && studio.plan.precincts.get(held.precinct);
      const lines = [
        address(one),
        stands && stands.id !== state.precinct && word("studio.station.stands", { number: stands.number }),
        one.shared.length &&
          word("studio.station.shares", {
            numbers: one.shared.map((other) => ikomek.numbered(other.number)).join(", "),
          }),
        one.across && node("em", { text: word("studio.station.across") }),
      ].filter(Boolean);
      return lines.flatMap((part, i) => (i ? [" · ", part] : [part]));
    }

    /* Who else votes there, by which door, and the button. */
    function details(one) {
      const own = state.own(),
        words = (state.words = state.words || wordsOf(one));
      const together = one.shared.reduce((sum, other) => sum + other.voters, own.voters);
      const entrance = (other) =>
        (ikomek.language === "kk" ? other.entrance_kk : other.entrance_ru) || word("studio.station.one_door");
      const shared = one.shared.length
        ? [
            node(
              "p",
              { class: "studio-shared-head" },
              node("strong", { text: word("studio.station.shared", { n: one.shared.length + 1 }) }),
              node("span", { text: word("studio.station.together", { n: together }) }),
            ),
            ...one.shared.map((other) =>
              node(
                "p",
                { class: "studio-shared" },
                node("span", { text: `${ikomek.numbered(other.number)}, ${entrance(other)}` }),
                node("b", { text: number(other.voters) }),
              ),
            ),
            node(
              "p",
              { class: "studio-shared" },
              node("span", {
                text: `${ikomek.numbered(own.number)}, ${entrance(words)}`,
              }),
              node("b", { text: number(own.voters) }),
            ),
          ]
        : [];
      return node(
        "div",
        { class: "studio-candidate-details" },
        ...shared,
        state.entrance && form(words, ["name_kk", "name_ru", "entrance_kk", "entrance_ru"]),
        node(
          "div",
          { class: "studio-next" },
          node(
            "button",
            {
              type: "button",
              id: "studio-station-set",
              class: "studio-primary",
              click: () => state.set({ building: one.building, ...words }),
            },
            word("studio.station.set", { number: own.number }),
            node("kbd", { text: "Enter", "aria-hidden": "true" }),
          ),
          node("button", {
            type: "button",
            id: "studio-station-entrance",
            "aria-expanded": String(state.entrance),
            text: word("studio.station.entrance"),
            click: () => {
              state.entrance = !state.entrance;
              show();
              if (state.entrance) byId("studio-station").querySelector("[name=entrance_kk]").focus();
            },
          }),
        ),
      );
    }

    function wordsOf(one) {
      const kept = state.own().station,
        same = kept && kept.building === one.building;
      return {
        name_kk: same ? kept.name_kk : one.name_kk,
        name_ru: same ? kept.name_ru : one.name_ru,
        entrance_kk: (same && kept.entrance_kk) || "",
        entrance_ru: (same && kept.entrance_ru) || "",
      };
    }

    function form(words, names) {
      return node(
        "div",
        { class: "studio-station-form studio-form" },
        ...names.map((name) => {
          const input = node("input", {
            name,
            value: words[name] || null,
            maxlength: 300,
            autocomplete: "off",
          });
          input.addEventListener("input", () => {
            Object.assign(words, { [name]: input.value });
          });
          return node(
            "label",
            { class: "field" },
            node("span", { text: word(`studio.station.${name}`) }),
            input,
          );
        }),
      );
    }

    /* The form for a precinct without a polygon: its station is where the institution is. */
    function byAddress(own) {
      const kept = own.station || {},
        words = (state.words =
          state.words ||
          Object.fromEntries(
            ["name_kk", "name_ru", "address_kk", "address_ru"].map((name) => [name, kept[name] || ""]),
          ));
      const chosen = state.chosen != null && studio.plan.buildings.get(state.chosen);
      return node(
        "div",
        { class: "studio-candidate-details" },
        field(),
        chosen &&
          node("p", {
            id: "studio-station-at",
            text: word("studio.station.at", { address: studio.plan.address(chosen) }),
          }),
        form(words, chosen ? ["name_kk", "name_ru"] : ["name_kk", "name_ru", "address_kk", "address_ru"]),
        node(
          "div",
          { class: "studio-next" },
          node("button", {
            type: "button",
            id: "studio-station-set",
            class: "studio-primary",
            text: word("studio.station.set", { number: own.number }),
            click: () =>
              state.set(
                chosen ? { building: chosen.id, name_kk: words.name_kk, name_ru: words.name_ru } : words,
              ),
          }),
        ),
      );
    }

    studio.showStation = show;
  });
})();
