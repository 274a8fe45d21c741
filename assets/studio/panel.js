/* Beside the map: the recount while dragging, the houses that move, the chosen precinct, the checks. Every
   line that names a place goes there when clicked. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const MOST_ROWS = 200,
    FIRST_ITEMS = 10,
    CHECK_MS = 1500,
    CHECK_LATEST_MS = 8000;

  const { byId, node } = ikomek;

  ikomek.studioParts.push(function (studio) {
    const { rules } = studio.session;
    const word = ikomek.word,
      number = ikomek.number;
    let checking = null,
      due = null,
      saved = null;

    /* ---- the recount ---- */

    /* A precinct's voters as a bar whose whole is the cap (or the largest where the city names none). */
    function bar(sum, most) {
      const level = studio.level(sum.voters),
        share = Math.min(1, sum.voters / most);
      return node(
        "div",
        { class: "studio-count", "data-precinct": sum.id, "data-level": level },
        node("b", { text: ikomek.numbered(sum.number) }),
        node(
          "span",
          { class: "studio-bar", "aria-hidden": "true" },
          node("i", { style: `width:${(share * 100).toFixed(2)}%` }),
          rules && node("em", { style: `left:${((rules.cap / most) * 100).toFixed(2)}%` }),
        ),
        node(
          "span",
          { class: "studio-voters" },
          node("strong", { text: number(sum.voters), "data-n": sum.voters }),
          sum.was !== sum.voters && node("small", { text: word("studio.was", { n: sum.was }) }),
        ),
      );
    }

    function recount(shown) {
      const change = shown || saved,
        element = byId("studio-recount"),
        sums = change ? change.sums : summary();
      element.replaceChildren(
        node("h2", {
          text: word(change ? "studio.recount" : studio.selected == null ? "studio.plan" : "studio.precinct"),
        }),
      );
      if (!sums.length) {
        element.append(...wholePlan());
        showMoved([]);
        return;
      }
      const most = Math.max(rules ? rules.cap * 1.1 : 1, ...sums.map((sum) => sum.voters));
      element.append(...sums.map((sum) => bar(sum, most)));
      const moved = change ? change.moved : [];
      element.append(
        node("p", {
          class: "studio-quiet",
          id: "studio-recount-line",
          text: change ? movedLine(moved) : buildingsLine(sums[0]),
        }),
      );
      if (!change) element.append(...passport());
      showMoved(moved);
    }

    const summary = () => {
      const p = studio.plan.precincts.get(studio.selected);
      return p
        ? [{ id: p.id, number: p.number, voters: p.voters, buildings: p.buildings, was: p.voters }]
        : [];
    };
    const capWords = () => (rules ? word("studio.cap", { n: rules.cap }) : word("studio.no_cap"));
    const movedLine = (moved) =>
      [
        word("studio.houses", { n: moved.length }),
        word("studio.voters", { n: moved.reduce((sum, move) => sum + move.building.voters, 0) }),
        capWords(),
      ].join(" · ");
    const buildingsLine = (sum) => [word("studio.houses", { n: sum.buildings }), capWords()].join(" · ");

    function wholePlan() {
      const all = [...studio.plan.precincts.values()];
      const facts = [
        ["studio.fact.precincts", all.length],
        ["studio.fact.voters", all.reduce((sum, p) => sum + p.voters, 0)],
        ["studio.fact.buildings", all.reduce((sum, p) => sum + p.buildings, 0)],
      ];
      return [
        ...facts.map(([key, value]) =>
          node(
            "div",
            { class: "studio-row" },
            node("span", { text: word(key) }),
            node("b", { text: number(value) }),
          ),
        ),
        node("p", { class: "studio-quiet", text: capWords() }),
      ];
    }

    function passport() {
      const precinct = studio.plan.precincts.get(studio.selected);
      return precinct
        ? [
            node(
              "p",
              { class: "studio-links" },
              node("a", {
                href: `/api/v1/plans/${studio.plan.id}/passports?number=${precinct.number}`,
                target: "_blank",
                text: word("studio.passport"),
              }),
            ),
          ]
        : [];
    }

    /* ---- the houses that move ---- */

    function showMoved(moved) {
      const element = byId("studio-moved");
      element.hidden = !moved.length;
      if (!moved.length) {
        element.replaceChildren();
        return;
      }
      const rows = [...moved]
        .sort((a, b) => b.building.voters - a.building.voters)
        .slice(0, MOST_ROWS)
        .map(({ building, to }) =>
          node(
            "button",
            {
              type: "button",
              class: "studio-row",
              "data-building": building.id,
              click: () => studio.fly([building.lon, building.lat], 16),
            },
            node("span", { text: studio.plan.address(building) }),
            node("small", {
              text: to == null ? word("studio.nowhere") : `→ ${studio.plan.precincts.get(to).number}`,
            }),
            node("b", { text: number(building.voters) }),
          ),
        );
      element.replaceChildren(
        node("h2", { text: word("studio.moved") }),
        node("div", { class: "studio-rows" }, ...rows),
      );
      if (moved.length > MOST_ROWS)
        element.append(
          node("p", { class: "studio-quiet", text: word("studio.more", { n: moved.length - MOST_ROWS }) }),
        );
    }

    /* ---- the checks ---- */

    function check() {
      clearTimeout(checking);
      due = null;
      checksOf.ask(() => studio.read("checks"), showChecks);
    }
    const checksOf = ikomek.latest();

    function showChecks(found) {
      const element = byId("studio-checks");
      element.replaceChildren(
        node("h2", { text: word("studio.checks") }),
        ...(found.error
          ? [node("p", { class: "studio-quiet", text: found.message })]
          : found.checks.map(line)),
      );
      element.dataset.read = String(Date.now());
    }

    function line(found) {
      const shown = found.items
        .filter((item) => item.number != null)
        .slice(0, 3)
        .map((item) => ikomek.numbered(item.number))
        .join(", ");
      const shownCount = found.count ? [number(found.count), shown].filter(Boolean).join(" · ") : "0";
      const level = found.count ? found.level : "none";
      const row = node("div", { class: "studio-check", "data-key": found.key, "data-level": level });
      row.append(
        node(
          "button",
          {
            type: "button",
            class: "studio-row",
            disabled: !found.count,
            "aria-expanded": "false",
            click: (event) => unfold(event.currentTarget, row, found),
          },
          node("span", { text: word(`studio.check.${found.key}`) }),
          node("b", { text: shownCount }),
        ),
      );
      return row;
    }

    function unfold(button, row, found) {
      const opened = row.querySelector(".studio-rows");
      button.setAttribute("aria-expanded", String(!opened));
      if (opened) {
        opened.remove();
        return;
      }
      const list = node("div", { class: "studio-rows" }),
        rest = found.items.slice(FIRST_ITEMS);
      const all =
        rest.length > 0 &&
        node("button", {
          type: "button",
          class: "studio-row studio-all",
          text: word("studio.more", { n: found.count - FIRST_ITEMS }),
          click: () => {
            all.remove();
            list.append(...rest.map(itemRow));
            list.children[FIRST_ITEMS].focus();
          },
        });
      const itemRow = (item) =>
        node(
          "button",
          { type: "button", class: "studio-row", click: () => goTo(item, found.key) },
          node("span", { text: itemWords(item) }),
          node("b", { text: item.voters == null ? "" : number(item.voters) }),
        );
      list.append(...found.items.slice(0, FIRST_ITEMS).map(itemRow), ...(all ? [all] : []));
      row.append(list);
      if (found.items.length === 1) goTo(found.items[0], found.key);
    }

    function itemWords(item) {
      const building = item.building != null && studio.plan.buildings.get(item.building);
      const precinct = studio.plan.precincts.get(item.precinct),
        named = item.number ?? precinct?.number;
      const street =
        item.side &&
        word(`studio.split.${item.side}`, {
          street: ikomek.language === "kk" ? item.street_kk : item.street,
          parts: item.parts,
          houses: word("studio.houses", { n: item.apart }),
        });
      const parts = [
        named != null && ikomek.numbered(named),
        building ? studio.plan.address(building) : item.address || street,
      ];
      return parts.filter(Boolean).join(" · ") || word("studio.place");
    }

    /* A building, a precinct, or a place [lon, lat]; a building without a point is looked for on the page
       of geo-tags. */
    function goTo(item, key) {
      if (item.building != null && !studio.plan.buildings.has(item.building)) {
        window.open(`/buildings?building=${item.building}`, "_blank");
        return;
      }
      const building = item.building != null && studio.plan.buildings.get(item.building);
      const precinct =
        item.precinct != null
          ? studio.plan.precincts.get(item.precinct)
          : [...studio.plan.precincts.values()].find((one) => one.number === item.number);
      if (precinct) studio.select(precinct.id);
      if (building) {
        studio.fly([building.lon, building.lat], 17);
        studio.marked = [building];
      } else if (item.point) studio.fly(item.point, 17);
      else if (precinct?.label) studio.fly(precinct.label, 15);
      studio.layer.paintLive();
      studio.publish("place", { item, key });
    }
    studio.goTo = goTo;

    studio.overlays.set("marked", (ctx, layer) => {
      const precinct = studio.plan.precincts.get(studio.selected);
      if (precinct && !studio.changing)
        layer.strokeLines(ctx, studio.plan.linesOf(precinct.id), "selection", 2.6);
      if (studio.marked) layer.markHouses(ctx, studio.marked, "selection");
    });

    /* Once the editing pauses, so that no drag waits for a check; under a steady stream of edits now and
       then all the same, but not while a hand holds a border. */
    function checkSoon() {
      const now = performance.now();
      due = due || now + CHECK_LATEST_MS;
      clearTimeout(checking);
      checking = setTimeout(
        () => {
          due = null;
          if (studio.changing) checkSoon();
          else check();
        },
        Math.max(0, Math.min(CHECK_MS, due - now)),
      );
    }
    studio.checkSoon = checkSoon;

    /* What the server has counted stays on show until something else is taken up. */
    function keep(answer) {
      const was = new Map(answer.before.map((one) => [one.id, one.voters])),
        precincts = answer.precincts.filter((one) => !one.removed);
      const moved = answer.moved
        .map(({ building, from, to }) => ({ building: studio.plan.buildings.get(building), from, to }))
        .filter((move) => move.building);
      const counted =
        moved.length || answer.precincts.some((one) => one.removed || (was.get(one.id) ?? -1) !== one.voters);
      saved = !counted
        ? null
        : {
            moved,
            sums: precincts.map((one) => ({
              id: one.id,
              number: one.number,
              voters: one.voters,
              buildings: one.buildings,
              was: was.get(one.id) ?? one.voters,
            })),
          };
    }

    studio.hear("changing", (change) => {
      if (change) saved = null;
      recount(change);
    });
    studio.hear("select", () => {
      studio.marked = saved = null;
      recount(null);
      studio.layer.paintLive();
    });
    studio.hear("plan", ({ own, answer }) => {
      if (own) keep(answer);
      if (!studio.changing) recount(null);
      if (own === false) check();
      else checkSoon();
    });
  });
})();
