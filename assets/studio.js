/* The precinct studio: one plan on the map, its tools, and what goes to the server and comes back.

   The page (`dashboard/pages/precincts`) tells who may do what in `#studio[data-session]`. Parts hear each
   other through `studio.hear(event, fn)` and `studio.publish(event, data)`: plan, state, view, place,
   select, changing, tool, unsure, refused, escape, undo, redo. Nothing is shown as saved before the server
   has said so. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MAP = "ikomek-map-studio",
    NOTICE_MS = 7000,
    LATE_MS = 5000,
    FLY_ZOOM = 15,
    WORK_MS = 60000,
    AGAIN_MS = 3000,
    VIEW_KEY = "ikomek-studio-view";

  function create(handle, session) {
    const hearers = new Map();
    const studio = {
      session,
      map: handle.map,
      plan: new ikomek.StudioPlan(session.plan.id),
      tool: null,
      tools: new Map(),
      overlays: new Map(),
      underlays: new Map(),
      others: [],
      compared: null,
      changing: null,
      selected: null,
      timings: [],
      busy: 0,
      /* Lines, numbers and reach in pixels go by the size of the map. */
      fit({ scale, incidents }) {
        Object.assign(studio, { scale, zoomShift: incidents.options.zoomShift });
        if (studio.layer) studio.paint();
      },
      hear(event, fn) {
        if (!hearers.has(event)) hearers.set(event, []);
        hearers.get(event).push(fn);
      },
      publish(event, data) {
        for (const fn of hearers.get(event) || []) fn(data);
      },
      mayEdit: () => session.may.edit && ["draft", "checked"].includes(session.plan.state),
      level: (voters) =>
        !session.rules
          ? 0
          : voters > session.rules.cap
            ? 2
            : voters >= session.rules.cap * session.rules.warning_share
              ? 1
              : 0,
    };
    studio.fit(handle);
    return studio;
  }

  /* ---- to the server and back ---- */

  const silence = (key) => ikomek.word(key, { part: ikomek.silentPart() });

  /* The answer, or {error, message, parameters} for what was refused. No answer is a refusal too,
     "network": whether a command was done is then not known. */
  async function ask(path, body) {
    try {
      return await (body === undefined
        ? ikomek.ask(path, { cache: "no-store", quietMs: WORK_MS })
        : ikomek.send(path, body, { quietMs: WORK_MS }));
    } catch (error) {
      if (error.code) return error.refusal;
      return {
        error: "network",
        message: silence(body === undefined ? "studio.network" : "studio.unanswered"),
      };
    }
  }

  function takesCommands(studio) {
    const address = (command) => `/api/v1/plans/${studio.session.plan.id}/${command}`;
    studio.ask = (path, body) => ask(path, body);
    studio.read = (command) => ask(address(command));
    studio.post = (command, body) => ask(address(command), body);

    /* A command that changes the plan: its answer is put on the map, a refusal is said. Returns the
       answer, none when refused. */
    studio.send = async function (command, body, mine) {
      studio.busy += 1;
      const answer = await studio.post(command, body);
      studio.busy -= 1;
      if (answer.error) {
        studio.publish("refused", { answer, command, body, mine });
        if (answer.error === "network") studio.publish("unsure");
        return null;
      }
      studio.take(answer);
      return answer;
    };

    studio.take = function (answer) {
      const touched = answer.precincts.map((precinct) => precinct.id);
      answer.before = touched
        .filter((id) => studio.plan.precincts.has(id))
        .map((id) => studio.plan.precincts.get(id));
      studio.plan.takePart(answer.part, touched);
      for (const { building, to } of answer.moved || []) studio.plan.hold(building, to);
      for (const [building, source] of answer.sources || []) {
        const held = studio.plan.buildings.get(building);
        if (held) held.source = source;
      }
      studio.event = Math.max(studio.event || 0, answer.event || 0);
      studio.session.plan.state = answer.state || studio.session.plan.state;
      if (studio.selected != null && !studio.plan.precincts.has(studio.selected)) studio.select(null);
      studio.publish("plan", { touched, own: true, answer });
    };
  }

  /* ---- what is chosen, said and seen ---- */

  function showsThings(studio) {
    studio.select = function (precinct) {
      if (studio.selected === precinct) return;
      studio.selected = precinct;
      studio.publish("select", precinct);
    };

    studio.use = function (name) {
      if (!studio.tools.has(name) || studio.tool === name) return;
      const left = studio.tools.get(studio.tool);
      if (left?.leave) left.leave();
      studio.tool = name;
      byId("studio").dataset.tool = name;
      const tool = studio.tools.get(name);
      if (tool.enter) tool.enter();
      studio.publish("tool", name);
    };

    let timer = null;
    studio.announce = function (text, kind) {
      const element = byId("studio-message");
      element.textContent = text;
      element.dataset.kind = kind || "";
      clearTimeout(timer);
      if (kind !== "hint")
        timer = setTimeout(() => {
          element.textContent = "";
        }, NOTICE_MS);
    };

    studio.refused = (answer) => studio.announce(answer.message, "refused");

    studio.fly = function (lonLat, least) {
      const zoom = Math.max(studio.map.getZoom(), (least || FLY_ZOOM) + studio.zoomShift);
      studio.map.setView([lonLat[1], lonLat[0]], zoom, { animate: false });
    };

    studio.paint = () => studio.layer.paint();
    studio.numbers = (faces) =>
      faces
        .map((face) => studio.plan.precincts.get(face))
        .filter(Boolean)
        .map((p) => ikomek.numbered(p.number));
  }

  function keepsView(studio) {
    const kept = sessionStorage.getItem(VIEW_KEY);
    if (kept) {
      const [lat, lon, zoom] = JSON.parse(kept);
      studio.map.setView([lat, lon], zoom, { animate: false });
    } else
      studio.map.setView(studio.map.getCenter(), studio.map.getZoom() + studio.zoomShift, { animate: false });
    studio.map.on("moveend", () => {
      const c = studio.map.getCenter();
      sessionStorage.setItem(VIEW_KEY, JSON.stringify([c.lat, c.lng, studio.map.getZoom()]));
    });
  }

  /* ---- keys ---- */

  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  function keys(studio, event) {
    if (!byId("studio") || typing(event.target)) return;
    const command = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (command && event.code === "KeyZ") {
      event.preventDefault();
      studio.publish(event.shiftKey ? "redo" : "undo");
      return;
    }
    if (command && event.code === "KeyY") {
      event.preventDefault();
      studio.publish("redo");
      return;
    }
    const key = ikomek.pressed(event);
    if (key === "Escape") {
      studio.publish("escape");
      return;
    }
    const tool = key && document.querySelectorAll(".studio-tool")[Number(key) - 1];
    if (tool) {
      event.preventDefault();
      studio.use(tool.dataset.tool);
      studio.toMap();
    }
  }

  /* The plan is asked for until it comes. */
  async function loaded(studio) {
    for (;;) {
      const late = setTimeout(() => studio.announce(silence("studio.network"), "refused"), LATE_MS);
      try {
        return await studio.plan.load();
      } catch (error) {
        studio.announce(error.code ? error.message : silence("studio.network"), "refused");
      } finally {
        clearTimeout(late);
      }
      await new Promise((done) => {
        setTimeout(done, AGAIN_MS);
      });
    }
  }

  async function start(handle) {
    const page = byId("studio");
    if (!page) return;
    await ikomek.words;
    const L = window.L,
      studio = (ikomek.studio = create(handle, JSON.parse(page.dataset.session)));
    const pane = studio.map.createPane("studio");
    pane.style.zIndex = 450;
    takesCommands(studio);
    showsThings(studio);
    keepsView(studio);
    for (const part of ikomek.studioParts) part(studio, L);
    document.addEventListener("keydown", (event) => keys(studio, event));
    await loaded(studio);
    studio.layer = new (ikomek.studioLayer(L, studio))();
    studio.layer.addTo(studio.map);
    new MutationObserver(studio.paint).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-theme", "data-lang"],
    });
    studio.use("border");
    studio.publish("plan", { touched: [], own: false });
    page.dataset.ready = "true";
  }

  /* Parts of the studio, run once before the plan is read: fn(studio, L). */
  ikomek.studioParts = [];
  document.addEventListener("ikomek:map", (event) => {
    if (event.detail.id === MAP) start(event.detail.handle);
  });
  document.addEventListener("ikomek:map-resized", ({ detail }) => {
    if (detail.id === MAP && ikomek.studio?.map === detail.handle.map) ikomek.studio.fit(detail.handle);
  });
})();
