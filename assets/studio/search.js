/* The search of the studio: a precinct by its number, a house by its address, in what the plan itself
   holds. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const MOST = 8;
  const ALIKE = {
    ә: "а",
    ғ: "г",
    қ: "к",
    ң: "н",
    ө: "о",
    ұ: "у",
    ү: "у",
    һ: "х",
    і: "и",
    ё: "е",
    a: "а",
    b: "в",
    c: "с",
    e: "е",
    k: "к",
    m: "м",
    h: "н",
    o: "о",
    p: "р",
    t: "т",
    x: "х",
    y: "у",
  };

  /* Case, Kazakh letters and Latin look-alikes folded to one alphabet. */
  const fold = (text) => [...text.toLowerCase()].map((letter) => ALIKE[letter] || letter).join("");

  ikomek.studioParts.push(function (studio) {
    const node = ikomek.node,
      word = ikomek.word,
      container = byId("studio-search");
    let folded = null;

    const field = node("input", {
      id: "studio-query",
      type: "search",
      autocomplete: "off",
      placeholder: word("studio.search"),
      "aria-label": word("studio.search"),
      "aria-controls": "studio-found",
    });
    const list = node("div", { id: "studio-found", class: "studio-found" });
    container.replaceChildren(field, list);

    function find() {
      const wanted = fold(field.value.trim().replace(/^№\s*/, ""));
      list.replaceChildren();
      if (!wanted) return;
      const found = [...precincts(wanted), ...houses(wanted)].slice(0, MOST);
      list.append(
        ...(found.length ? found : [node("p", { class: "studio-quiet", text: word("studio.search.none") })]),
      );
    }

    function precincts(wanted) {
      if (!/^\d+$/.test(wanted)) return [];
      const near = [...studio.plan.precincts.values()]
        .filter((one) => String(one.number).startsWith(wanted))
        .sort((a, b) => a.number - b.number);
      return near
        .slice(0, 4)
        .map((one) =>
          result(ikomek.numbered(one.number), word("studio.voters", { n: one.voters }), () =>
            studio.goTo({ precinct: one.id }),
          ),
        );
    }

    /* Houses of an address, the exact number first. */
    studio.findHouses = function (typed) {
      const wanted = fold(typed.trim());
      folded = folded || studio.plan.streets.map((names) => names.map(fold));
      const words = wanted.split(/[\s,]+/).filter(Boolean),
        last = words[words.length - 1],
        hit = [];
      for (const building of studio.plan.buildings.values()) {
        const names = folded[building.street],
          house = fold(building.house || "");
        const all = words.every(
          (part, i) =>
            names.some((name) => name.includes(part)) ||
            (i === words.length - 1 && /\d/.test(last) && house.startsWith(last)),
        );
        if (all && words.some((part) => names.some((name) => name.includes(part)))) hit.push(building);
        if (hit.length > 400) break;
      }
      return hit.sort(
        (a, b) =>
          Number(fold(b.house || "") === last) - Number(fold(a.house || "") === last) ||
          (a.house || "").length - (b.house || "").length,
      );
    };

    const houses = (wanted) =>
      studio.findHouses(wanted).map((one) => {
        const precinct = studio.plan.precincts.get(one.precinct);
        return result(
          studio.plan.address(one),
          precinct ? ikomek.numbered(precinct.number) : word("studio.nowhere"),
          () => studio.goTo({ building: one.id, precinct: one.precinct }),
        );
      });

    const result = (name, more, go) =>
      node(
        "button",
        {
          type: "button",
          class: "studio-result",
          click: () => {
            list.replaceChildren();
            go();
          },
        },
        node("span", { text: name }),
        node("small", { text: more }),
      );

    field.addEventListener("input", find);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        field.value = "";
        list.replaceChildren();
        field.blur();
      }
      if (event.key === "Enter" && list.querySelector("button")) list.querySelector("button").click();
      if (event.key === "ArrowDown" && list.querySelector("button")) {
        event.preventDefault();
        list.querySelector("button").focus();
      }
    });
    list.addEventListener("keydown", (event) => {
      const way = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key],
        other = way && event.target[way];
      if (other) {
        event.preventDefault();
        event.stopPropagation();
        other.focus();
      }
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && byId("studio") && !event.target.closest("input, textarea")) {
        event.preventDefault();
        field.focus();
      }
    });
  });
})();
