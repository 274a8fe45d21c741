/* Several people in one plan: who is here and has what in hand, what somebody else has just changed, and a
   conflict shown with who and what, nothing lost.

   A refused drag or line stays on the map as a dashed ghost until its author puts it in again or lets it
   go. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const BEAT_MS = 10000,
    GATHER_MS = 120,
    AGAIN_MS = 1000,
    AWAY_MS = 32000;
  const CONFLICTS = new Set(["plan.stale", "plan.later_edit", "plan.stale_unknown"]);

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word,
      node = ikomek.node;
    const people = new Map(),
      waiting = new Map();
    let gathering = null,
      rereading = null,
      ghost = null,
      held = "";

    /* ---- who is here ---- */

    const inHand = () =>
      studio.changing ? [...studio.changing.faces] : studio.selected != null ? [studio.selected] : [];

    async function beat() {
      if (!byId("studio")) return;
      const answer = await studio.post("presence", { precincts: inHand() });
      if (answer.error) return;
      people.clear();
      for (const { who, precincts } of answer.present)
        if (who !== studio.session.me) people.set(who, { precincts, at: Date.now() });
      showPeople();
    }

    function heardOf({ plan, who, precincts }) {
      if (plan !== studio.plan.id || who === studio.session.me) return;
      people.set(who, { precincts, at: Date.now() });
      showPeople();
    }

    function showPeople() {
      for (const [who, { at }] of people) if (Date.now() - at > AWAY_MS) people.delete(who);
      studio.others = [...people].map(([who, { precincts }]) => ({ who, precincts }));
      const element = byId("studio-people"),
        names = [...people.keys()].sort();
      element.textContent = names.length
        ? word("studio.people", {
            n: names.length,
            names: names.join(", "),
          })
        : "";
      byId("studio").toggleAttribute(
        "data-others",
        studio.others.some((one) => one.precincts.length),
      );
      if (studio.layer && !studio.changing) studio.paint();
    }

    function took() {
      const now = inHand().sort().join();
      if (now === held) return;
      held = now;
      beat();
    }

    /* ---- what others change ---- */

    function heard(message) {
      if (message.type === "change" && message.noun === "presence") heardOf(message.payload);
      if (message.type === "change" && message.noun === "precinct" && message.payload.plan === studio.plan.id)
        gather(message.payload);
      if (message.type === "change" && message.noun === "plan" && message.id === studio.plan.id)
        studio.publish("state", message.payload);
      if (message.type === "reset" && ["precincts", "all"].includes(message.layer)) readAll();
    }

    function isNew(payload) {
      const known = studio.plan.precincts.get(payload.id);
      return payload.removed ? Boolean(known) : !known || known.version < payload.version;
    }

    function gather(payload) {
      if (!isNew(payload)) return;
      waiting.set(payload.id, payload);
      gathering = gathering || setTimeout(readChanged, GATHER_MS);
    }

    async function readChanged() {
      gathering = null;
      if (studio.busy) {
        gathering = setTimeout(readChanged, GATHER_MS);
        return;
      }
      const news = [...waiting.values()].filter(isNew),
        ids = news.map((payload) => payload.id);
      waiting.clear();
      if (!ids.length) return;
      const [part, houses, history] = await Promise.all([
        studio.ask(address(`topology.json?precincts=${ids}`)),
        studio.ask(address(`assigned.json?precincts=${ids}`)),
        studio.read(`history?after=${studio.event || 0}`),
      ]);
      if (!part.error && !houses.error && !history.error && !isOlder(part)) {
        take(ids, part, houses.assigned, history.events);
        return;
      }
      for (const payload of news) waiting.set(payload.id, payload);
      gathering = setTimeout(readChanged, AGAIN_MS);
    }

    const address = (what) => `/layers/plans/${studio.plan.id}/${what}`;

    /* Read before what the plan holds by now (one's own command came between), or while a command is on
       its way. */
    const isOlder = (part) =>
      studio.busy > 0 ||
      part.precincts.some(
        ({ id, version }) => (studio.plan.precincts.get(id) || { version: 0 }).version > version,
      );

    function take(ids, part, assigned, events) {
      const mine = studio.changing && ids.some((id) => studio.changing.faces.has(id));
      const theirs = events
        .filter((event) => event.who !== studio.session.me)
        .sort((a, b) => b.event - a.event)[0];
      studio.event = Math.max(studio.event || 0, ...events.map((event) => event.event));
      if (mine) keepGhost(studio.changing);
      studio.plan.takePart(part, ids);
      for (const [building, precinct, source] of assigned) {
        studio.plan.hold(building, precinct);
        const known = studio.plan.buildings.get(building);
        if (known) known.source = source;
      }
      if (mine) studio.close();
      studio.publish("plan", { touched: ids, own: false });
      if (theirs) announceEvent(theirs, ids, mine);
    }

    function announceEvent(event, ids, mine) {
      const what = {
        who: event.who,
        what: word(`studio.event.${event.what}`),
        precincts: studio.numbers(ids.sort((a, b) => a - b)).join(", "),
        time: ikomek.clockSeconds(new Date(event.at) / 1000),
      };
      if (mine) showConflict(what);
      else studio.announce(word("studio.changed_by", what), "news");
    }

    const wholePlan = ikomek.latest();

    function readAll() {
      clearTimeout(rereading);
      const again = () => {
        rereading = setTimeout(readAll, AGAIN_MS);
      };
      wholePlan.ask(
        () => Promise.all([studio.plan.ask("topology.json"), studio.plan.ask("buildings.json")]),
        takeAll,
        again,
      );
    }

    function takeAll([part, houses]) {
      if (isOlder(part)) {
        rereading = setTimeout(readAll, AGAIN_MS);
        return;
      }
      studio.plan.takePart(part, [...studio.plan.precincts.keys()]);
      for (const [id, , , , precinct, source] of houses.buildings) {
        studio.plan.hold(id, precinct);
        const known = studio.plan.buildings.get(id);
        if (known) known.source = source;
      }
      studio.publish("plan", { touched: [], own: false });
    }

    studio.readAll = readAll;

    /* ---- refused ---- */

    function refused({ answer, command, body, mine }) {
      const at = answer.parameters || {};
      if (mine) keepGhost(mine);
      else if (body.seen)
        ghost = {
          command,
          body,
          lines: body.line ? [body.line.map((point) => studio.plan.local(point))] : [],
        };
      if (studio.changing) studio.close();
      if (!CONFLICTS.has(answer.error)) {
        if (!mine && answer.error !== "network")
          ghost = body.line && ghost ? { lines: ghost.lines, drawn: true } : null;
        if (at.place) showFault(at.place);
        if (!(mine && at.place)) studio.refused(answer); // a refused drag has a panel of its own
        return;
      }
      const numbers = (at.precincts || []).map(ikomek.numbered).join(", ");
      showConflict({
        who: at.who || "",
        what: at.what ? word(`studio.event.${at.what}`) : "",
        precincts: numbers,
        time: at.at ? ikomek.clockSeconds(new Date(at.at) / 1000) : "",
      });
    }

    /* Where a line fails: marked beside the line that stays, and brought into view. */
    function showFault([lon, lat]) {
      ghost = ghost || { lines: [] };
      ghost.place = { lon, lat, xy: studio.plan.local([lon, lat]) };
      if (!studio.map.getBounds().contains([lat, lon])) studio.fly([lon, lat]);
      studio.layer.paintLive();
    }

    function keepGhost(change) {
      ghost = {
        lines: [...change.lines.values()],
        node: change.node,
        edge: change.edge,
        at: change.at,
        line: change.lines.get(change.edge),
      };
    }

    /* Who changed which precincts; a refusal may know neither. */
    function sentenceOf({ who, what, precincts }) {
      if (!who || !what) return "studio.conflict.changed";
      return precincts ? "studio.conflict.what" : "studio.conflict.somebody";
    }

    function showConflict(what) {
      const element = byId("studio-conflict");
      element.replaceChildren(
        node("h2", { text: word("studio.conflict") }),
        node("p", { text: word(sentenceOf(what), what) }),
        ghost &&
          ghost.lines.length > 0 &&
          node("p", { class: "studio-quiet", text: word("studio.conflict.kept") }),
        node(
          "div",
          { class: "studio-next" },
          ghost &&
            node("button", {
              type: "button",
              id: "studio-again",
              class: "studio-primary",
              text: word("studio.conflict.again"),
              click: again,
            }),
          node("button", {
            type: "button",
            id: "studio-let-go",
            text: word(ghost ? "studio.conflict.let_go" : "studio.conflict.seen"),
            click: letGo,
          }),
        ),
      );
      element.scrollIntoView({ block: "nearest" });
      studio.layer.paintLive();
    }

    /* The same again on the plan as it is now: a junction by its place, an edge by its line, any other
       command by what it asked for. */
    async function again() {
      const mine = ghost;
      letGo();
      if (mine.command) {
        if (await studio.send(mine.command, { ...mine.body, seen: {} }))
          studio.announce(word("studio.conflict.done"), "done");
        return;
      }
      const node_ = mine.node != null && studio.plan.nodes.get(mine.node),
        edge = studio.plan.edges.get(mine.edge);
      if (mine.node != null ? !node_ : !edge) {
        studio.announce(word("studio.conflict.gone"), "refused");
        return;
      }
      const change =
        mine.node != null
          ? { node: node_.id, version: node_.version, point: studio.plan.lonLat(mine.at) }
          : {
              edge: edge.id,
              version: edge.version,
              corners: mine.line.slice(1, -1).map((xy) => studio.plan.lonLat(xy)),
            };
      if (await studio.send("edits", { changes: [change] }))
        studio.announce(word("studio.conflict.done"), "done");
    }

    function letGo() {
      ghost = null;
      byId("studio-conflict").replaceChildren();
      studio.layer.paintLive();
    }

    studio.overlays.set("ghost", (ctx, layer) => {
      if (!ghost) return;
      layer.strokeLines(ctx, ghost.lines, "studio-old", 3, [4, 6]);
      if (ghost.place) layer.ringAt(ctx, ghost.place.xy, "urgent");
    });
    studio.hear("changing", (change) => {
      if (change && ghost?.place) ghost = null;
    });
    studio.hear("refused", refused);
    studio.hear("plan", ({ own }) => {
      if (own && ghost?.drawn) letGo();
    });
    studio.hear("unsure", readAll);
    studio.hear("select", took);
    studio.hear("changing", took);
    studio.hear("escape", letGo);
    ikomek.live.on(heard);
    beat();
    setInterval(beat, BEAT_MS);
  });
})();
