/* The tool "polling station": of the chosen precinct, by a candidate's number, a click on a building, or
   its address. Candidates come nearest first with the metres that voters walk; nothing is set before the
   button (or Enter) says so. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const { byId } = ikomek;
  const HIT_PX = 10,
    FIRST_SHOWN = 4;

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word;
    /* `origin`: the precinct that this draft made it from. `candidates` none: distances are still
       computing. `chosen`: a building; `walks`: building -> what the server told of it. */
    const untouched = (precinct) => ({
      precinct,
      origin: null,
      candidates: null,
      chosen: null,
      walks: new Map(),
      all: false,
      entrance: false,
      words: null,
    });
    const state = (studio.station = untouched(null));
    const using = () => studio.tool === "station";
    const precinct = () => studio.plan.precincts.get(state.precinct);

    /* ---- what is open ---- */

    function open(id) {
      if (state.precinct === id && state.candidates) return;
      Object.assign(state, untouched(id));
      studio.showStation();
      if (id == null || !using()) return;
      read(id);
    }

    async function read(id) {
      const answer = await studio.read(`candidates?precinct=${id}`);
      if (state.precinct !== id || !using()) return;
      if (answer.error) {
        studio.refused(answer);
        state.candidates = [];
        studio.showStation();
        return;
      }
      state.origin = answer.origin;
      const known = new Set(answer.candidates.map((one) => one.building));
      state.candidates = [
        ...[...state.walks.values()].filter((walk) => !known.has(walk.building)),
        ...answer.candidates,
      ];
      const own = precinct()?.station;
      if (state.chosen == null && own && own.building != null) choose(own.building);
      else studio.showStation();
    }

    async function choose(building) {
      Object.assign(state, { chosen: building, entrance: false, words: null });
      studio.showStation();
      if (building == null || state.walks.has(building)) return;
      const id = state.precinct,
        walk = await studio.read(`walk?precinct=${id}&building=${building}`);
      if (state.precinct !== id) return;
      if (walk.error) {
        studio.refused(walk);
        if (state.chosen === building && !listed(building)) {
          state.chosen = null;
          studio.showStation();
        }
        return;
      }
      state.walks.set(building, walk);
      if (state.candidates && !listed(building)) state.candidates = [walk, ...state.candidates];
      studio.showStation();
    }

    const listed = (building) => (state.candidates || []).some((one) => one.building === building);

    /* ---- the candidates that have a number ---- */

    const shownCandidates = () => {
      const chosen = state.candidates.findIndex((one) => one.building === state.chosen);
      return state.all ? state.candidates : state.candidates.slice(0, Math.max(FIRST_SHOWN, chosen + 1));
    };
    studio.shownCandidates = () =>
      using() && state.candidates && precinct() && precinct().kind === "open" ? shownCandidates() : [];

    /* ---- to the server ---- */

    async function set(station) {
      const own = precinct();
      if (!own || !studio.mayEdit() || studio.busy) return;
      const answer = await studio.send("station", {
        precinct: own.id,
        station,
        seen: studio.seenOf([own.id]),
      });
      if (!answer) return;
      studio.announce(
        word(station ? "studio.station.done" : "studio.station.cleared", { number: own.number }),
        "done",
      );
      if (!station) state.chosen = null;
      studio.showStation();
    }

    /* ---- hands and keys ---- */

    function click(event) {
      if (!using()) return;
      const xy = studio.layer.toPlan(event.containerPoint),
        pin = studio.pinAt?.(event.containerPoint);
      const building = pin != null ? pin : studio.houseAt(xy, HIT_PX)?.id,
        own = precinct();
      if (building != null && own && studio.mayEdit()) {
        choose(building);
        return;
      }
      const at = studio.plan.precinctAt(...xy);
      studio.select(at ? at.id : null);
    }

    function keys(event) {
      const key = byId("studio") && using() && ikomek.pressed(event);
      if (!key) return;
      const shown = studio.shownCandidates(),
        picked = /^[1-9]$/.test(key) && shown[Number(key) - 1];
      const button = byId("studio-station-set");
      if (picked) choose(picked.building);
      else if (event.key === "Enter" && button && !event.target.closest("button, a")) button.click();
      else if (event.key === "/" && byId("studio-station-address")) byId("studio-station-address").focus();
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }

    Object.assign(state, { using, own: precinct, choose, set, listed, shown: shownCandidates });
    studio.map.on("click", click);
    document.addEventListener("keydown", keys, true);
    studio.hear("select", (id) => {
      if (using()) open(id);
    });
    studio.hear("plan", ({ touched }) => {
      if (state.precinct != null && !precinct()) open(null);
      else if (using() && touched.includes(state.precinct)) {
        state.words = null;
        state.walks.clear();
        read(state.precinct);
      } else studio.showStation();
    });
    studio.hear("escape", () => {
      if (!using()) return;
      if (state.chosen != null) choose(null);
      else studio.use("border");
    });
    studio.tools.set("station", {
      enter() {
        studio.announce(word(studio.mayEdit() ? "studio.hint.station" : "studio.hint.read_only"), "hint");
        state.precinct = null;
        open(studio.selected);
      },
      leave() {
        Object.assign(state, { precinct: null, candidates: null, chosen: null });
        byId("studio-station").replaceChildren();
        studio.layer.paintLive();
      },
    });
  });
})();
