/* On the duty officer's map: what the walls show now, and holding it, releasing it, silencing the tones.
   Whoever may not, gets an empty place (`#duty-wall`, hidden). The state is that of geo/wall.py, told by
   `/live`; the playlists are asked for when the panel is opened. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, make, word } = ikomek;
  const STEP_MS = 1000,
    ADDRESS = "/api/v1/wall";
  const panel = {
    shows: null,
    state: { version: -1, turns: [], holds: {} },
    open: false,
    key: "",
    error: "",
  };

  function button(key, act) {
    const element = make("button", "duty-wall-act", word(key));
    element.type = "button";
    element.addEventListener("click", act);
    return element;
  }

  const take = (newer) => {
    if (newer && newer.version >= panel.state.version) panel.state = newer;
  };
  async function ask() {
    const { shows, state } = await ikomek.ask(ADDRESS, { cache: "no-store" });
    panel.shows = shows;
    take(state);
  }
  async function act(action, body) {
    panel.error = "";
    try {
      await ikomek.send(`${ADDRESS}/${action}`, body || {});
      await ask();
    } catch (error) {
      panel.error = ikomek.refusalText(error);
    }
    draw();
  }

  function rowOf(show, t) {
    const hold = panel.state.holds[show.key],
      held = hold && t < hold.until,
      scene = held ? hold.scene : ikomek.wallRunning(show.turns, t);
    const text = held
      ? word("wall.hold.held", { who: hold.who, time: ikomek.clock(hold.until) })
      : word("wall.hold.running");
    return make(
      "li",
      "",
      make("div", "duty-wall-name", show.name),
      make("div", "duty-wall-scene", `${show.names[scene]} · ${text}`),
      held
        ? button("wall.hold.release", () => act("release", { show: show.key }))
        : button("wall.hold.hold", () => act("hold", { show: show.key, scene })),
    );
  }
  function turnRow(t) {
    const turns = panel.state.turns.filter((turn) => turn.until > t),
      turn = turns.find((one) => one.from <= t),
      waiting = turns.filter((one) => one.from > t).length;
    const incident = turn && ikomek.live.incidents.get(turn.incident);
    if (!incident) return make("li", "duty-wall-calm", word("wall.hold.no_turn"));
    const text = [
      turn.held_by
        ? word("wall.hold.held", { who: turn.held_by, time: ikomek.clock(turn.until) })
        : word("wall.hold.until", { time: ikomek.clock(turn.until) }),
      waiting ? word("wall.hold.waiting", { count: waiting }) : null,
    ]
      .filter(Boolean)
      .join(" · ");
    return make(
      "li",
      "duty-wall-critical",
      make("div", "duty-wall-name", incident.title || word(`wall.kind.${incident.kind}`)),
      make("div", "duty-wall-scene", text),
      make(
        "div",
        "duty-wall-acts",
        turn.held_by ? null : button("wall.hold.hold", () => act("hold_incident")),
        button("wall.hold.give_back", () => act("release_incident")),
      ),
    );
  }
  /* Those that wait, first come first: each can be freed before it comes. */
  function waitingRows(t) {
    return panel.state.turns
      .filter((turn) => turn.from > t && ikomek.live.incidents.has(turn.incident))
      .map((turn) => {
        const incident = ikomek.live.incidents.get(turn.incident);
        return make(
          "li",
          "",
          make("div", "duty-wall-name", incident.title || word(`wall.kind.${incident.kind}`)),
          make("div", "duty-wall-scene", word("wall.hold.from", { time: ikomek.clock(turn.from) })),
          button("wall.hold.free", () => act("release_incident", { incident: turn.incident })),
        );
      });
  }
  function soundRow(t) {
    const until = panel.state.silent_until,
      silent = until && until > t;
    return make(
      "li",
      "",
      make(
        "div",
        "duty-wall-scene",
        silent ? word("wall.sound.silent_until", { time: ikomek.clock(until) }) : word("wall.hold.sounding"),
      ),
      silent
        ? button("wall.hold.sound", () => act("sound"))
        : button("wall.hold.silence", () => act("silence")),
    );
  }

  function draw() {
    const container = byId("duty-wall");
    if (!container || container.hidden) return;
    const t = ikomek.nowSeconds(),
      rows =
        panel.open && panel.shows
          ? [turnRow(t), ...waitingRows(t), ...panel.shows.map((show) => rowOf(show, t)), soundRow(t)]
          : [];
    const texts = rows.map((row) => row.textContent);
    const key = [panel.open, ikomek.language, panel.error, texts, container.childElementCount === 0].join(
      "|",
    );
    if (key === panel.key && container.childElementCount) return;
    panel.key = key;
    const focused = document.activeElement?.closest("#duty-wall") ? document.activeElement.textContent : null;
    const toggle = button("wall.hold.title", () => {
      panel.open = !panel.open;
      if (panel.open)
        ask()
          .catch((error) => {
            panel.error = ikomek.refusalText(error);
          })
          .then(draw);
      else draw();
    });
    toggle.className = "duty-wall-toggle";
    toggle.setAttribute("aria-expanded", String(panel.open));
    container.replaceChildren(
      toggle,
      ...(panel.open
        ? [
            make("ul", "duty-wall-list", ...rows),
            panel.error ? make("p", "duty-wall-error", panel.error) : null,
          ].filter(Boolean)
        : []),
    );
    const again =
      focused && [...container.querySelectorAll("button")].find((one) => one.textContent === focused);
    if (again) again.focus();
  }

  function heard(message) {
    if (message.type === "tick") take(message.wall);
    else if (message.type === "change" && message.noun === "wall") take(message.payload);
    else if (message.type === "reset" && message.layer === "all") panel.state.version = -1;
    else return;
    draw();
  }
  function start() {
    if (location.pathname !== "/map") return;
    ikomek.live.on(heard);
    ikomek.words.then(() => setInterval(draw, STEP_MS));
  }
  document.addEventListener("DOMContentLoaded", start);
})();
