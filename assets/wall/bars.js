/* Panels of rows with a bar: topics, channels, categories, geo-tags by district, precincts near their cap.
   A thin mark on a bar is what it is compared with. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const { word, put, make, fill } = wall;
  const CHANNELS = new Set([
    "call",
    "app",
    "site",
    "telegram",
    "email",
    "instagram",
    "facebook",
    "whatsapp",
    "visit",
  ]);

  /* `rows`: {name, share 0..1 or none: no bar, mark 0..1 or none, text, off, look: a class of the bar or
     none}. */
  function bars(panel, rows, none) {
    if (!panel.list) panel.body.append((panel.list = make("ol", "wall-bars")));
    fill(panel.list, `${ikomek.language}${JSON.stringify(rows)}`, () =>
      rows.length ? rows.map(row) : [make("li", "none", none)],
    );
  }
  function row({ name, share, mark, text, off, look }) {
    const bar = make("div", look ? `bar ${look}` : "bar"),
      track = make("div", "track", share == null ? null : bar);
    bar.style.width = `${Math.min(1, share) * 100}%`;
    if (mark != null) {
      const tick = make("i", "mark");
      tick.style.left = `${Math.min(1, mark) * 100}%`;
      track.append(tick);
    }
    return make("li", off ? "off" : "", make("div", "name", name), track, make("div", "n", text));
  }

  /* Counts, the longest bar the greatest of now and before. */
  function counts(panel, rows) {
    const most = Math.max(1, ...rows.map((one) => Math.max(one.n, one.before || 0)));
    const compared = rows.some((one) => one.before != null);
    bars(
      panel,
      rows.map((one) => ({
        name: one.name,
        share: one.n / most,
        mark: one.before == null ? null : one.before / most,
        text: ikomek.number(one.n),
      })),
      word("wall.none"),
    );
    put(panel.element.querySelector(".wall-panel-count"), compared ? word("wall.mark.week") : "");
  }
  const channel = (key) => (CHANNELS.has(key) ? word(`wall.channel.${key}`) : key);
  const by109 = () => ["inquiries"];
  wall.panels.topics = { feeds: by109, draw: (panel) => counts(panel, panel.figures.rows) };
  wall.panels.categories = {
    feeds: wall.feedsOfKinds,
    draw: (panel) => counts(panel, panel.figures.rows),
  };
  wall.panels.channels = {
    feeds: by109,
    draw: (panel) =>
      counts(
        panel,
        panel.figures.rows.map((one) => ({ ...one, name: channel(one.channel) })),
      ),
  };

  /* By district; what has no point yet lies in none and is counted by itself. */
  wall.panels.tagging = {
    feeds: () => ["buildings"],
    draw(panel) {
      const { rows, nowhere } = panel.figures,
        sum = (name) => rows.reduce((total, one) => total + one[name], 0),
        all = sum("buildings") + nowhere;
      const districts = rows.map((one) => ({
        name: one.name ?? word("wall.tagging.outside"),
        share: one.tagged / one.buildings,
        text: wall.percent(one.tagged / one.buildings),
        off: one.tagged < one.buildings,
      }));
      const untagged = nowhere
        ? [{ name: word("wall.tagging.nowhere"), share: null, text: ikomek.number(nowhere), off: true }]
        : [];
      bars(panel, [...untagged, ...districts], word("wall.no_data"));
      put(panel.element.querySelector(".wall-panel-count"), all ? wall.percent(sum("tagged") / all) : "");
    },
  };

  /* How many precincts are how full, in the inks of the map. */
  wall.panels.loads = {
    draw(panel) {
      const { steps, warn } = panel.figures,
        most = Math.max(1, ...steps),
        percent = (share) => ikomek.number(share * 100),
        from = [0, 0.5, 0.75, warn, 1];
      bars(
        panel,
        steps.map((n, step) => ({
          name:
            step === 4
              ? word("wall.load.over")
              : word("wall.load.range", { from: percent(from[step]), to: percent(from[step + 1]) }),
          share: n / most,
          text: ikomek.number(n),
          off: step === 4 && n > 0,
          look: `load-${step}`,
        })),
        word("wall.precincts.no_cap"),
      );
    },
  };

  wall.panels.precincts = {
    draw(panel) {
      const { cap, near, over, rows } = panel.figures,
        most = Math.max(cap || 1, ...rows.map((one) => one.voters)) * 1.04;
      bars(
        panel,
        rows.map((one) => ({
          name: [word("wall.precinct", { number: one.number }), one.district].filter(Boolean).join(" · "),
          share: one.voters / most,
          mark: cap / most,
          text: ikomek.number(one.voters),
          off: one.voters > cap,
        })),
        word(cap ? "wall.precincts.none" : "wall.precincts.no_cap"),
      );
      put(
        panel.element.querySelector(".wall-panel-count"),
        cap ? word("wall.precincts.count", { near, over, cap: ikomek.number(cap) }) : "",
      );
    },
  };
})();
