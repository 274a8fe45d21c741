/* The tools on whole precincts: give houses (click or lasso, then the precinct they go to), split by a
   drawn line, merge two neighbours. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const HIT_PX = 8,
    SHAKE_PX = 12;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node;
    const given = new Map();
    let pair = [],
      before = null; // of the pair, chosen before the tool was taken
    const previewOf = ikomek.latest();

    const container = () => studio.map.getContainer();
    const seenOf = (studio.seenOf = (ids) =>
      Object.fromEntries(ids.map((id) => [id, studio.plan.precincts.get(id).version])));
    const hint = (key, parameters) => studio.announce(word(`studio.hint.${key}`, parameters), "hint");

    studio.overlays.set("taken", (ctx, layer) => {
      if (given.size) layer.markHouses(ctx, given.values(), "selection");
      for (const face of pair)
        if (studio.plan.precincts.has(face))
          layer.strokeLines(ctx, studio.plan.linesOf(face), "selection", 3.4);
      if (studio.previewed) layer.strokeLines(ctx, studio.previewed, "selection", 3, [2, 6]);
    });

    /* ---- give ---- */

    /* A lasso, and not a click by a hand that shook. */
    const isLoop = (line) =>
      line.length > 2 &&
      line.some(
        ([x, y]) =>
          Math.hypot(x - line[0][0], y - line[0][1]) >
          SHAKE_PX * studio.scale * studio.layer.metresPerPixel(),
      );

    function lasso(line) {
      const around = [[...line, line[0]]];
      for (const building of studio.plan.buildings.values())
        if (ikomek.insideLines(...building.xy, around)) given.set(building.id, building);
      showGiven();
    }

    studio.houseAt = function (xy, reachPx) {
      let best = null,
        nearest = reachPx * studio.scale * studio.layer.metresPerPixel();
      for (const building of studio.plan.buildings.values()) {
        const d = Math.hypot(building.xy[0] - xy[0], building.xy[1] - xy[1]);
        if (d < nearest) {
          nearest = d;
          best = building;
        }
      }
      return best;
    };

    /* A click: a house is taken or let go; with houses taken, a click on a precinct gives them to it. */
    function touch(xy) {
      const best = studio.houseAt(xy, HIT_PX);
      if (best) {
        if (!given.delete(best.id)) given.set(best.id, best);
        showGiven();
        return;
      }
      const precinct = studio.plan.precinctAt(...xy);
      if (precinct && given.size) aim(precinct);
      else if (precinct) studio.select(precinct.id);
    }

    function showGiven() {
      const voters = [...given.values()].reduce((sum, building) => sum + building.voters, 0);
      byId("studio-options").replaceChildren();
      forgetPreview();
      const groundless = studio.groundless();
      if (!given.size) {
        beginGiving();
        studio.publish("changing", null);
        return;
      }
      if (groundless) {
        aim(groundless);
        return;
      }
      hint("give_to", {
        houses: word("studio.houses", { n: given.size }),
        voters: word("studio.voters", { n: voters }),
      });
    }

    /* To a precinct without ground there is no border to draw: what is picked while it is chosen goes
       there. */
    function beginGiving() {
      const groundless = studio.groundless();
      if (groundless && studio.mayEdit()) hint("give_groundless", { number: groundless.number });
      else hint(studio.mayEdit() ? "give" : "read_only");
    }

    /* What giving them would do, and the button that does it. */
    function aim(to) {
      const ids = [...given.keys()],
        moved = [...given.values()]
          .filter((building) => building.precinct !== to.id)
          .map((building) => ({ building, from: building.precinct, to: to.id }));
      const faces = [...new Set([to.id, ...moved.map((move) => move.from)])].filter((face) =>
        studio.plan.precincts.has(face),
      );
      studio.publish("changing", { sums: studio.plan.counted(faces, moved), moved, faces: new Set(faces) });
      const isOpen = to.kind === "open";
      byId("studio-options").replaceChildren(
        ...[
          isOpen &&
            node("button", {
              type: "button",
              id: "studio-give-now",
              class: "studio-button studio-primary button",
              text: word("studio.give", { number: to.number }),
              click: () => give(ids, to, faces),
            }),
          node("button", {
            type: "button",
            id: "studio-assign-now",
            class: "studio-button",
            title: word("studio.assign.title"),
            text: word("studio.assign", { number: to.number }),
            click: () => assign(ids, to, faces),
          }),
          node("button", {
            type: "button",
            class: "studio-button",
            text: word("studio.cancel"),
            click: letGo,
          }),
        ].filter(Boolean),
      );
      if (isOpen)
        previewOf.ask(
          () => studio.post("preview", { buildings: ids, to: to.id }),
          (answer) => {
            if (answer.error) return;
            studio.previewed = answer.lines.coordinates.map((line) =>
              line.map((point) => studio.plan.local(point)),
            );
            studio.layer.paintLive();
          },
        );
    }

    function forgetPreview() {
      previewOf.forget();
      studio.previewed = null;
    }

    async function give(ids, to, faces) {
      if (await studio.send("give", { buildings: ids, to: to.id, seen: seenOf(faces) }))
        done("studio.given", to.number, ids.length);
    }

    async function assign(ids, to, faces) {
      if (await studio.send("assign", { buildings: ids, to: to.id, seen: seenOf(faces) }))
        done("studio.assigned", to.number, ids.length);
    }

    function done(key, to, n) {
      letGo();
      studio.announce(word(key, { number: to, houses: word("studio.houses", { n }) }), "done");
    }

    function letGo() {
      given.clear();
      forgetPreview();
      byId("studio-options").replaceChildren();
      studio.publish("changing", null);
      studio.layer.paintLive();
    }

    /* ---- split ---- */

    /* The precinct a line runs through: the one that holds its middle. */
    const crossed = (line) => studio.plan.precinctAt(...ikomek.middleOf(line));

    function forecast(line) {
      const precinct = crossed(line);
      if (precinct && precinct.id !== studio.selected) studio.select(precinct.id);
    }

    async function split(line) {
      const precinct = line.length > 1 && crossed(line);
      if (!precinct) {
        hint("split");
        return;
      }
      const body = {
        precinct: precinct.id,
        line: line.map((xy) => studio.plan.lonLat(xy)),
        seen: seenOf([precinct.id]),
      };
      const answer = await studio.send("split", body);
      if (!answer) return;
      const known = new Set(answer.before.map((one) => one.id)),
        made = answer.precincts.find((one) => !known.has(one.id));
      studio.select(made ? made.id : precinct.id);
      studio.announce(
        word("studio.split_done", { number: precinct.number, made: made ? made.number : "" }),
        "done",
      );
    }

    /* ---- merge ---- */

    function pick(event) {
      if (studio.tool !== "merge" || !studio.mayEdit()) return;
      const precinct = studio.plan.precinctAt(...studio.layer.toPlan(event.containerPoint));
      if (!precinct) return;
      const { id } = precinct,
        others = pair.filter((one) => one !== id),
        isLetGo = pair.length === 2 && others.length === 1 && id !== before;
      pair = isLetGo ? others : [...others.slice(-1), id];
      if (id === before) before = null;
      studio.layer.paintLive();
      offerMerge();
    }

    function offerMerge() {
      const element = byId("studio-options"),
        chosen = pair.map((id) => studio.plan.precincts.get(id));
      element.replaceChildren();
      if (chosen.length < 2) {
        studio.publish("changing", null);
        hint(chosen.length ? "merge_second" : "merge", { number: chosen.length ? chosen[0].number : "" });
        return;
      }
      const [keep, gone] = chosen,
        moved = studio.plan.housesOf(gone.id).map((building) => ({ building, from: gone.id, to: keep.id }));
      studio.publish("changing", {
        sums: studio.plan.counted([keep.id, gone.id], moved),
        moved,
        faces: new Set(pair),
      });
      element.append(
        node("button", {
          type: "button",
          id: "studio-merge-now",
          class: "studio-button studio-primary button",
          text: word("studio.merge", { keep: keep.number, gone: gone.number }),
          click: () => merge(keep, gone),
        }),
        node("button", {
          type: "button",
          class: "studio-button",
          text: word("studio.cancel"),
          click: noPair,
        }),
      );
    }

    async function merge(keep, gone) {
      if (!(await studio.send("merge", { keep: keep.id, gone: gone.id, seen: seenOf([keep.id, gone.id]) })))
        return;
      noPair();
      studio.select(keep.id);
      studio.announce(word("studio.merged", { keep: keep.number, gone: gone.number }), "done");
    }

    function noPair() {
      pair = [];
      byId("studio-options").replaceChildren();
      studio.publish("changing", null);
      studio.layer.paintLive();
    }

    /* ---- put together ---- */

    const still = () => {
      studio.map.dragging.disable();
      container().dataset.drawing = "true";
    };
    const free = () => {
      studio.map.dragging.enable();
      delete container().dataset.drawing;
    };
    const begin = (name) => () => hint(studio.mayEdit() ? name : "read_only");

    /* The chosen precinct is the one that stays. */
    function beginMerging() {
      const chosen = studio.plan.precincts.get(studio.selected);
      pair = studio.mayEdit() && chosen?.kind === "open" ? [chosen.id] : [];
      before = pair[0] ?? null;
      studio.layer.paintLive();
      if (studio.mayEdit()) offerMerge();
      else hint("read_only");
    }

    studio.tools.set("give", {
      enter: beginGiving,
      closed: true,
      drawn: (line) => (isLoop(line) ? lasso(line) : touch(line[0])),
      leave: letGo,
    });
    studio.tools.set("split", { enter: begin("split"), drawing: forecast, drawn: split });
    studio.tools.set("merge", { enter: beginMerging, leave: noPair });
    studio.map.on("click", pick);
    studio.hear("escape", () => {
      if (given.size) letGo();
      if (pair.length) noPair();
      studio.layer.paintLive();
    });
    studio.hear("plan", () => {
      pair = pair.filter((id) => studio.plan.precincts.has(id));
    });

    for (const button of document.querySelectorAll(".studio-tool"))
      button.addEventListener("click", (event) => {
        studio.use(button.dataset.tool);
        if (!event.detail) studio.toMap(); // pressed by a key
      });
    studio.hear("tool", (name) => {
      if (studio.tools.get(name).drawn && studio.mayEdit()) still();
      else free();
      for (const button of document.querySelectorAll(".studio-tool"))
        button.setAttribute("aria-pressed", String(button.dataset.tool === name));
    });
  });
})();
