/* The tool "polling station": of the chosen precinct, by a candidate's number, a click on a building, or its address. Candidates come nearest first with the
   metres that voters walk; nothing is set before the button (or Enter) says so. */
(function () {
  "use strict";
  const ikomek = window.ikomek;
  const HIT_PX = 10, FIRST_SHOWN = 4, KEYS = 9, MOST_FOUND = 6;
  const byId = (id) => document.getElementById(id);

  ikomek.studioParts.push(function (studio) {
    const word = ikomek.word, node = ikomek.node, number = ikomek.number;
    /* `candidates` none: distances are still computing. `chosen`: a building; `walks`: building -> what the server told of it. */
    const state = (studio.station = { precinct: null, candidates: null, chosen: null, walks: new Map(), all: false, entrance: false, words: null });
    const using = () => studio.tool === "station";
    const precinct = () => studio.plan.precincts.get(state.precinct);
    const metres = (n) => (n == null ? "–" : word("map.metres", { n: Math.round(n) }));
    const named = (one) => (ikomek.language === "kk" ? one.name_kk : one.name_ru) || one.name_ru || one.name_kk;

    studio.stationName = named;
    studio.stationAddress = (one) => (ikomek.language === "kk" ? one.address_kk : one.address_ru) || "";

    /* ---- what is open ---- */

    function open(id) {
      if (state.precinct === id && state.candidates) return;
      Object.assign(state, { precinct: id, candidates: null, chosen: null, walks: new Map(), all: false, entrance: false, words: null });
      show();
      if (id == null || !using()) return;
      read(id);
    }

    async function read(id) {
      const answer = await studio.read(`candidates?precinct=${id}`);
      if (state.precinct !== id || !using()) return;
      if (answer.error) { studio.refused(answer); state.candidates = []; show(); return; }
      const known = new Set(answer.candidates.map((one) => one.building));
      state.candidates = [...[...state.walks.values()].filter((told) => !known.has(told.building)), ...answer.candidates];
      const own = precinct() && precinct().station;
      if (state.chosen == null && own && own.building != null) choose(own.building); else show();
    }

    async function choose(building) {
      Object.assign(state, { chosen: building, entrance: false, words: null });
      show();
      if (building == null || state.walks.has(building)) return;
      const id = state.precinct, told = await studio.read(`walk?precinct=${id}&building=${building}`);
      if (state.precinct !== id) return;
      if (told.error) {
        studio.refused(told);
        if (state.chosen === building && !listed(building)) { state.chosen = null; show(); }
        return;
      }
      state.walks.set(building, told);
      if (state.candidates && !listed(building)) state.candidates = [told, ...state.candidates];
      show();
    }

    const listed = (building) => (state.candidates || []).some((one) => one.building === building);

    /* ---- the panel ---- */

    /* Drawn anew whenever something is heard; who is typing keeps the field, its words and the cursor. */
    function show() {
      const place = byId("studio-station"), typing = place.contains(document.activeElement) && document.activeElement.matches("input") && document.activeElement;
      const kept = typing && { name: typing.name, id: typing.id, value: typing.value, at: typing.selectionStart };
      draw(place);
      const again = kept && place.querySelector(kept.name ? `[name="${kept.name}"]` : `#${kept.id}`);
      if (!again) return;
      again.value = kept.value;
      again.focus({ preventScroll: true });
      if (again.type === "text") again.setSelectionRange(kept.at, kept.at);
    }

    function draw(place) {
      const own = precinct();
      place.replaceChildren();
      studio.layer?.paintLive();
      if (!using()) return;
      if (!own) { place.append(node("h2", { text: word("studio.station") }), node("p", { class: "studio-quiet", text: word("studio.station.pick") })); return; }
      place.append(head(own), ...(own.station ? [current(own)] : []));
      if (!studio.mayEdit()) return;
      if (own.kind === "open") place.append(field(), list());
      else place.append(byAddress(own));
    }

    function head(own) {
      const facts = [word("studio.voters", { n: own.voters }), word("studio.houses", { n: own.buildings })];
      return node("div", { class: "studio-station-head" }, node("h2", { text: word("studio.station.of", { number: own.number }) }),
        !own.station && node("b", { class: "studio-missing", text: word("studio.station.none") }), node("p", { class: "studio-quiet", text: facts.join(" · ") }));
    }

    function current(own) {
      const { station } = own, door = ikomek.language === "kk" ? station.entrance_kk : station.entrance_ru;
      return node("div", { class: "studio-station-now", id: "studio-station-now" },
        node("div", {}, node("strong", { text: named(station) }), node("span", { text: [studio.stationAddress(station), door].filter(Boolean).join(" · ") })),
        studio.mayEdit() && node("button", { type: "button", class: "studio-button", id: "studio-station-clear", text: word("studio.station.clear"), click: () => set(null) }));
    }

    function field() {
      const list = node("div", { class: "studio-found" });
      const input = node("input", { id: "studio-station-address", type: "search", autocomplete: "off", placeholder: word("studio.station.address"),
        "aria-label": word("studio.station.address") });
      input.addEventListener("input", () => {
        const found = studio.findHouses(input.value).slice(0, MOST_FOUND);
        list.replaceChildren(...found.map((one) => node("button", { type: "button", class: "studio-result",
          click: () => { studio.fly([one.lon, one.lat], 16); choose(one.id); } }, node("span", { text: studio.plan.address(one) }))));
      });
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && list.firstChild) { event.preventDefault(); list.firstChild.click(); }
        if (event.key === "Escape") { input.value = ""; list.replaceChildren(); input.blur(); }
      });
      return node("div", { class: "studio-station-field" }, input, node("kbd", { text: "/", "aria-hidden": "true" }), list);
    }

    function list() {
      if (!state.candidates) return node("p", { class: "studio-quiet", text: word("studio.station.reading") });
      if (!state.candidates.length) return node("p", { class: "studio-quiet", id: "studio-station-nothing", text: word("studio.station.nothing") });
      const shown = shownCandidates(), more = state.candidates.length - shown.length;
      return node("div", { class: "studio-candidates" },
        node("p", { class: "studio-candidates-head studio-quiet" }, node("span", { text: word("studio.station.candidates") }),
          node("span", { text: word("studio.station.farthest") }), node("span", { text: word("studio.station.median") })),
        ...shown.map(candidate),
        more > 0 && node("button", { type: "button", class: "studio-row", id: "studio-station-more", text: word("studio.more", { n: more }),
          click: () => { state.all = true; show(); } }));
    }

    const shownCandidates = () => {
      const chosen = state.candidates.findIndex((one) => one.building === state.chosen);
      return state.all ? state.candidates : state.candidates.slice(0, Math.max(FIRST_SHOWN, chosen + 1));
    };
    studio.shownCandidates = () => (using() && state.candidates && precinct() && precinct().kind === "open" ? shownCandidates() : []);

    function candidate(one, place) {
      const chosen = one.building === state.chosen, told = state.walks.get(one.building) || one;
      return node("div", { class: "studio-candidate", "data-building": one.building, "data-chosen": String(chosen) },
        node("button", { type: "button", class: "studio-candidate-row", "aria-expanded": String(chosen), click: () => choose(chosen ? null : one.building) },
          node("kbd", { text: place < KEYS ? String(place + 1) : "·" }), node("span", {}, node("strong", { text: named(one) || address(one) }), node("small", {}, ...where(one))),
          node("b", { text: metres(told.farthest_m) }), node("b", { text: metres(told.median_m) })),
        chosen && details(told));
    }

    const address = (one) => `${(ikomek.language === "kk" ? one.street_kk : one.street_ru) || one.street_ru || one.street_kk || ""} ${one.house || ""}`.trim();

    function where(one) {
      const held = studio.plan.buildings.get(one.building), stands = held && studio.plan.precincts.get(held.precinct);
      const said = [address(one)];
      if (stands && stands.id !== state.precinct) said.push(word("studio.station.stands", { number: stands.number }));
      if (one.shared.length) said.push(word("studio.station.shares", { numbers: one.shared.map((other) => `№ ${other.number}`).join(", ") }));
      return [said.join(" · "), ...(one.across ? [" · ", node("em", { text: word("studio.station.across") })] : [])];
    }

    /* Who else votes there, by which door, and the button. */
    function details(one) {
      const own = precinct(), words = (state.words = state.words || wordsOf(one));
      const together = one.shared.reduce((sum, other) => sum + other.voters, own.voters);
      const door = (other) => (ikomek.language === "kk" ? other.entrance_kk : other.entrance_ru) || word("studio.station.one_door");
      const shared = one.shared.length ? [
        node("p", { class: "studio-shared-head" }, node("strong", { text: word("studio.station.shared", { n: one.shared.length + 1 }) }),
          node("span", { text: word("studio.station.together", { n: together }) })),
        ...one.shared.map((other) => node("p", { class: "studio-shared" }, node("span", { text: `№ ${other.number}, ${door(other)}` }), node("b", { text: number(other.voters) }))),
        node("p", { class: "studio-shared" }, node("span", { text: `№ ${own.number}, ${words[`entrance_${ikomek.language === "kk" ? "kk" : "ru"}`] || word("studio.station.one_door")}` }),
          node("b", { text: number(own.voters) }))] : [];
      return node("div", { class: "studio-candidate-details" }, ...shared, state.entrance && form(words, ["name_kk", "name_ru", "entrance_kk", "entrance_ru"]),
        node("div", { class: "studio-next" },
          node("button", { type: "button", id: "studio-station-set", class: "studio-primary", click: () => set({ building: one.building, ...words }) },
            word("studio.station.set", { number: own.number }), node("kbd", { text: "Enter", "aria-hidden": "true" })),
          node("button", { type: "button", id: "studio-station-entrance", "aria-expanded": String(state.entrance), text: word("studio.station.entrance"),
            click: () => { state.entrance = !state.entrance; show(); if (state.entrance) byId("studio-station").querySelector("[name=entrance_kk]").focus(); } })));
    }

    function wordsOf(one) {
      const kept = precinct().station, same = kept && kept.building === one.building;
      return { name_kk: same ? kept.name_kk : one.name_kk, name_ru: same ? kept.name_ru : one.name_ru, entrance_kk: (same && kept.entrance_kk) || "",
        entrance_ru: (same && kept.entrance_ru) || "" };
    }

    function form(words, names) {
      return node("div", { class: "studio-station-form studio-form" }, ...names.map((name) => {
        const input = node("input", { name, value: words[name] || null, maxlength: 300, autocomplete: "off" });
        input.addEventListener("input", () => { words[name] = input.value; });
        return node("label", {}, node("span", { text: word(`studio.station.${name}`) }), input);
      }));
    }

    /* Of a precinct without ground: the institution is where it is. */
    function byAddress(own) {
      const kept = own.station || {}, words = (state.words = state.words || Object.fromEntries(
        ["name_kk", "name_ru", "address_kk", "address_ru"].map((name) => [name, kept[name] || ""])));
      const chosen = state.chosen != null && studio.plan.buildings.get(state.chosen);
      return node("div", { class: "studio-candidate-details" }, field(),
        chosen && node("p", { id: "studio-station-at", text: word("studio.station.at", { address: studio.plan.address(chosen) }) }),
        form(words, chosen ? ["name_kk", "name_ru"] : ["name_kk", "name_ru", "address_kk", "address_ru"]),
        node("div", { class: "studio-next" }, node("button", { type: "button", id: "studio-station-set", class: "studio-primary",
          text: word("studio.station.set", { number: own.number }),
          click: () => set(chosen ? { building: chosen.id, name_kk: words.name_kk, name_ru: words.name_ru } : words) })));
    }

    /* ---- to the server ---- */

    async function set(station) {
      const own = precinct();
      if (!own || !studio.mayEdit() || studio.busy) return;
      const answer = await studio.send("station", { precinct: own.id, station, seen: studio.seenOf([own.id]) });
      if (!answer) return;
      studio.say(word(station ? "studio.station.done" : "studio.station.cleared", { number: own.number }), "done");
      if (!station) state.chosen = null;
      show();
    }

    /* ---- hands and keys ---- */

    function click(event) {
      if (!using()) return;
      const xy = studio.layer.toPlan(event.containerPoint), pin = studio.pinAt && studio.pinAt(event.containerPoint);
      const building = pin != null ? pin : (studio.houseAt(xy, HIT_PX) || {}).id, own = precinct();
      if (building != null && own && studio.mayEdit()) { choose(building); return; }
      const at = studio.plan.precinctAt(...xy);
      studio.select(at ? at.id : null);
    }

    function keys(event) {
      if (!byId("studio") || !using() || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select, dialog")) return;
      const shown = studio.shownCandidates(), picked = /^[1-9]$/.test(event.key) && shown[Number(event.key) - 1];
      const button = byId("studio-station-set");
      if (picked) choose(picked.building);
      else if (event.key === "Enter" && button && !event.target.closest("button, a")) button.click();
      else if (event.key === "/" && byId("studio-station-address")) byId("studio-station-address").focus();
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }

    studio.map.on("click", click);
    document.addEventListener("keydown", keys, true);
    studio.hear("select", (id) => { if (using()) open(id); });
    studio.hear("plan", ({ touched }) => {
      if (state.precinct != null && !precinct()) open(null);
      else if (using() && touched.includes(state.precinct)) { state.words = null; state.walks.clear(); read(state.precinct); } else show();
    });
    studio.hear("escape", () => { if (!using()) return; if (state.chosen != null) choose(null); else studio.use("border"); });
    studio.tools.set("station", {
      enter() { studio.say(word(studio.mayEdit() ? "studio.hint.station" : "studio.hint.read_only"), "hint"); state.precinct = null; open(studio.selected); },
      leave() { Object.assign(state, { precinct: null, candidates: null, chosen: null }); byId("studio-station").replaceChildren(); studio.layer.paintLive(); } });
  });
})();
