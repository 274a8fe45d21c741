/* The bar above the map: undo and redo (the server's own steps, so they outlive a reload), the way of the
   plan from draft to published, the comparison. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const NEXT = {
    draft: ["checked"],
    checked: ["agreed", "draft"],
    agreed: ["approved", "draft"],
    approved: ["published"],
    published: ["withdrawn"],
  };
  const ASKS = {
    agreed: ["document", "day"],
    approved: ["document", "day"],
    published: ["in_force_from"],
    withdrawn: ["reason"],
  };
  const STATES = Object.keys(NEXT),
    COMPARED_ZOOM = 16,
    COPY_MS = 60000;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node,
      number = ikomek.number;

    /* ---- undo and redo ---- */

    function readSteps() {
      if (!studio.mayEdit()) {
        stepsOf.forget();
        showSteps({ undo: [], redo: [] });
        return;
      }
      stepsOf.ask(
        () => studio.read("steps"),
        (steps) => {
          if (!steps.error) showSteps(steps);
        },
      );
    }
    const stepsOf = ikomek.latest(),
      comparisonOf = ikomek.latest();

    function showSteps(steps) {
      for (const name of ["undo", "redo"]) {
        const button = byId(`studio-${name}`),
          next = steps[name][0];
        button.disabled = !next;
        button.title = [
          name === "undo" ? "Ctrl+Z" : "Ctrl+Shift+Z",
          next && word(`studio.event.${next.what}`),
          steps[name].length > 1 && `${steps[name].length}`,
        ]
          .filter(Boolean)
          .join(" · ");
      }
    }

    async function go(name) {
      if (!studio.mayEdit() || studio.busy) return;
      const answer = await studio.send(name, {});
      if (answer)
        studio.announce(
          word(`studio.done.${name}`, {
            precincts: answer.precincts.map((one) => ikomek.numbered(one.number)).join(", "),
          }),
          "done",
        );
    }

    for (const name of ["undo", "redo"]) {
      byId(`studio-${name}`).addEventListener("click", () => go(name));
      studio.hear(name, () => go(name));
    }

    /* ---- the way of the plan ---- */

    const mayGo = (to) =>
      ["approved", "published", "withdrawn"].includes(to)
        ? studio.session.may.approve
        : studio.session.may.edit;

    function showState() {
      const { state } = studio.session.plan,
        reached = STATES.indexOf(state);
      byId("studio-state").textContent = word(`studio.state.${state}`);
      [...byId("studio-steps").querySelectorAll("li")].forEach((item, index) => {
        item.dataset.reached = String(index <= reached);
        item.toggleAttribute("aria-current", index === reached);
      });
      byId("studio-next").replaceChildren(
        ...NEXT[state].filter(mayGo).map((to, index) =>
          node("button", {
            type: "button",
            "data-to": to,
            class: index === 0 && to !== "draft" ? "studio-primary" : null,
            text: word(`studio.to.${to}`),
            click: () => (ASKS[to] ? askFor(to) : advance({ to })),
          }),
        ),
      );
      for (const tool of document.querySelectorAll(".studio-tool"))
        tool.disabled = !studio.mayEdit() && !["border", "station"].includes(tool.dataset.tool);
      byId("studio").dataset.state = state;
    }

    /* The document and the day of a decision, in a dialog. */
    function askFor(to) {
      const fields = ASKS[to].map((name) =>
        node(
          "label",
          { class: "field" },
          node("span", { text: word(`studio.ask.${name}`) }),
          node("input", {
            name,
            type: ["document", "reason"].includes(name) ? "text" : "date",
            required: true,
            maxlength: 500,
          }),
        ),
      );
      const form = node(
        "form",
        { method: "dialog", class: "studio-form" },
        node("h2", { text: word(`studio.to.${to}`) }),
        node("p", { class: "studio-quiet", text: word(`studio.ask.${to}`) }),
        ...fields,
        node(
          "div",
          { class: "studio-next" },
          node("button", { class: "studio-primary", value: "yes", text: word(`studio.to.${to}`) }),
          node("button", { value: "no", formnovalidate: true, text: word("studio.cancel") }),
        ),
      );
      const dialog = node("dialog", { class: "studio-dialog" }, form);
      dialog.addEventListener("close", () => {
        if (dialog.returnValue === "yes") advance({ to, ...Object.fromEntries(new FormData(form)) });
        dialog.remove();
      });
      byId("studio").append(dialog);
      dialog.showModal();
    }

    async function advance(body) {
      const answer =
        body.to === "withdrawn"
          ? await studio.post("withdraw", { reason: body.reason })
          : await studio.post("advance", body);
      if (answer.error) {
        studio.refused(answer);
        return;
      }
      moved(answer.state);
      studio.announce(word("studio.advanced", { state: word(`studio.state.${answer.state}`) }), "done");
    }

    function moved(state) {
      if (!state || state === studio.session.plan.state) return;
      studio.session.plan.state = state;
      showState();
      readSteps();
      studio.publish("escape");
      studio.checkSoon();
    }

    studio.hear("state", (payload) => moved(payload.state));

    /* ---- compare ---- */

    function compare() {
      const button = byId("studio-compare"),
        on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      byId("studio").toggleAttribute("data-comparing", on);
      byId("studio-compared").replaceChildren();
      studio.compared = null;
      comparisonOf.forget();
      if (on) readComparison(true);
      studio.paint();
    }

    /* Borders that are other ones, houses whose precinct has another number, and the map where they are. */
    function readComparison(zooming) {
      const inForce = studio.session.in_force;
      if (inForce == null) {
        byId("studio-compared").replaceChildren(
          node("p", { class: "studio-quiet", text: word("studio.compare.none") }),
        );
        return;
      }
      comparisonOf.ask(
        () =>
          Promise.all([
            studio.read("compare"),
            studio.ask(`/layers/plans/${inForce}/topology.json`),
            studio.ask(`/layers/plans/${inForce}/buildings.json`),
          ]),
        (answers) => showComparison(answers, zooming),
      );
    }

    function showComparison([found, old, houses], zooming) {
      const element = byId("studio-compared"),
        refused = [found, old, houses].find((answer) => answer.error);
      if (refused) {
        studio.refused(refused);
        return;
      }
      const lines = old.edges.map((edge) => edge[6].map((point) => studio.plan.local(point))),
        now = new Set([...studio.plan.edges.values()].map((edge) => edge.line.join()));
      studio.compared = {
        lines: lines.filter((_, i) => !now.has(old.edges[i][6].join())),
        moved: movedHouses(old, houses),
      };
      studio.paint();
      if (zooming) frame(studio.compared.moved.map((move) => move.building));
      element.replaceChildren(
        node("h2", { text: word("studio.compared") }),
        node("p", {
          text: [word("studio.houses", { n: found.houses }), word("studio.voters", { n: found.voters })].join(
            " · ",
          ),
        }),
        node("div", { class: "studio-rows" }, ...found.precincts.map(movedRow)),
        node(
          "p",
          { class: "studio-links" },
          node("a", { href: `/api/v1/plans/${studio.plan.id}/moved.csv`, text: word("studio.notify") }),
          node("a", { href: `/api/v1/plans/${studio.plan.id}/decision.docx`, text: word("studio.decision") }),
        ),
      );
    }

    function movedRow(row) {
      const mine = () =>
        studio.compared.moved
          .filter((move) => move.from === row.from && move.to === row.to)
          .map((move) => move.building);
      return node(
        "button",
        {
          type: "button",
          class: "studio-row",
          click: () => {
            studio.marked = mine();
            frame(studio.marked);
            studio.layer.paintLive();
          },
        },
        node("span", { text: `${ikomek.numbered(row.from ?? "—")} → ${ikomek.numbered(row.to ?? "—")}` }),
        node("small", { text: word("studio.houses", { n: row.houses }) }),
        node("b", { text: number(row.voters) }),
      );
    }

    /* [{building, from, to}] by numbers, none where in no precinct; houses without a place on the map are
       in the list alone. */
    function movedHouses(old, houses) {
      const numbers = new Map(old.precincts.map((precinct) => [precinct.id, precinct.number])),
        moved = [];
      for (const [id, , , , precinct] of houses.buildings) {
        const building = studio.plan.buildings.get(id),
          held = building && studio.plan.precincts.get(building.precinct);
        const from = numbers.get(precinct) ?? null,
          to = held ? held.number : null;
        if (building && from !== to) moved.push({ building, from, to });
      }
      return moved;
    }

    function frame(buildings) {
      if (!buildings.length) return;
      const lats = buildings.map((one) => one.lat),
        lons = buildings.map((one) => one.lon);
      studio.map.fitBounds(
        [
          [Math.min(...lats), Math.min(...lons)],
          [Math.max(...lats), Math.max(...lons)],
        ],
        { animate: false, padding: [80, 80], maxZoom: COMPARED_ZOOM + studio.zoomShift },
      );
    }

    studio.overlays.set("compared", (ctx, layer) => {
      if (studio.compared)
        layer.markHouses(
          ctx,
          studio.compared.moved.map((move) => move.building),
          "studio-old",
        );
    });

    byId("studio-compare").addEventListener("click", compare);
    studio.hear("plan", ({ touched }) => {
      studio.session.plan.events += touched.length ? 1 : 0;
      byId("studio-version").textContent = word("studio.version", { n: studio.session.plan.events });
    });
    studio.hear("plan", () => {
      readSteps();
      if (studio.compared) readComparison();
    });
    showState();
  });

  /* The list of plans: a new draft from one of them, named in a dialog. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".studio-new-draft");
    if (!button) return;
    const { node, word } = ikomek,
      name = node("input", {
        name: "name",
        required: true,
        maxlength: 200,
        value: word("studio.draft_of", { name: button.dataset.name }),
      });
    const form = node(
      "form",
      { method: "dialog", class: "studio-form" },
      node("h2", { text: word("studio.new_draft") }),
      node("label", { class: "field" }, node("span", { text: word("studio.ask.name") }), name),
      node(
        "div",
        { class: "studio-next" },
        node("button", { class: "studio-primary", value: "yes", text: word("studio.make") }),
        node("button", { value: "no", formnovalidate: true, text: word("studio.cancel") }),
      ),
    );
    const dialog = node("dialog", { class: "studio-dialog" }, form);
    dialog.addEventListener("close", async () => {
      dialog.remove();
      if (dialog.returnValue !== "yes") return;
      try {
        const made = await ikomek.send(
          "/api/v1/plans",
          { source: Number(button.dataset.plan), name: name.value },
          { quietMs: COPY_MS },
        );
        location.href = `/precincts?plan=${made.plan}`;
      } catch (error) {
        byId("studio-plans-message").textContent = error.code
          ? error.message
          : ikomek.word("studio.unanswered", { part: ikomek.silentPart() });
      }
    });
    document.body.append(dialog);
    dialog.showModal();
    name.select();
  });
})();
