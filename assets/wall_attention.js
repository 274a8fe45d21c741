/* What requires attention: the list of the live feed, with names from the figures. */
(function () {
  "use strict";
  const ikomek = window.ikomek, wall = ikomek.wall;
  const { word, put, make, fill, span } = wall;
  const MOST = 30, STEP_S = 5;

  function when(incident, t) {
    if (incident.due != null && t >= incident.due) return [word("wall.overdue", { time: span(t - incident.due) }), true];
    if (incident.due != null && ikomek.symbols.isDue(incident, t)) return [word("wall.due", { time: span(incident.due - t) }), true];
    return [span(t - incident.opened), false];
  }
  function row(incident, t, options) {
    const [said, late] = when(incident, t), more = wall.details(incident);
    const inquiries = incident.inquiries > 1 ? word("wall.inquiries", { n: incident.inquiries }) : more.performer;
    const where = [incident.address, options.district ? null : more.district, inquiries].filter(Boolean).join(" · ");
    const state = { kind: incident.kind, priority: incident.priority, due: ikomek.symbols.isDue(incident, t), plain: true };
    const text = make("div", "text", make("div", "what", wall.title(incident)), make("div", "where", where));
    const element = make("li", "", ikomek.symbols.image(wall.letterSize() * 0.72, state), text, make("div", late ? "when pressing" : "when", said));
    element.dataset.id = incident.id;
    return element;
  }

  /* No feed of incidents is heard: that nothing presses is then not known. */
  function isBlind(t) {
    const feeds = [...ikomek.feeds.values()].filter(({ layer }) => layer === "incidents");
    return feeds.length > 0 && feeds.every((feed) => ikomek.feedIsStale(feed, t));
  }

  wall.panels.attention = {
    live: true,
    draw(panel, t) {
      if (!ikomek.live || !ikomek.live.loaded) return;
      if (!panel.list) panel.body.append((panel.list = make("ol", "wall-attention")));
      const rows = wall.attention(t).filter((incident) => wall.within(incident, panel.options)), shown = rows.slice(0, MOST);
      put(panel.element.querySelector(".wall-panel-count"), rows.length ? ikomek.number(rows.length) : "");
      const nothing = isBlind(t) ? "wall.attention.unknown" : "wall.attention.none";
      const key = `${nothing}|${wall.looks()}|${Math.floor(t / STEP_S)}|${shown.map((i) => `${i.id}.${i.version}.${wall.details(i).district || ""}`).join()}`;
      fill(panel.list, key, () => (shown.length ? shown.map((incident) => row(incident, t, panel.options)) : [make("li", "none", word(nothing))]));
    },
  };
})();
