/* What is stale looks stale everywhere: one rule for the figures, lists and counts of a scene, and one age
   of an incident wherever it stands. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const KINDS = { service: "inquiries", police: "police", emergency: "emergencies", offence: "offences" },
    STEP_S = 5;
  const BY_109 = ["inquiries"],
    OF_CALLS = ["inquiries", "calls"];
  /* Which feeds a panel counts, by its kind; panels of incidents count those of their kinds. */
  const FEEDS = {
    topics: () => BY_109,
    channels: () => BY_109,
    performers: () => BY_109,
    hours: ({ of }) => [KINDS[of] || "inquiries"],
    indicators: ({ level }) => (level === "operators" ? OF_CALLS : BY_109),
    attention: ({ kinds }) => (kinds || Object.keys(KINDS)).map((kind) => KINDS[kind]),
    categories: ({ kinds }) => (kinds || Object.keys(KINDS)).map((kind) => KINDS[kind]),
    tagging: () => ["buildings"],
  };
  wall.feedsOf = (panel) => (FEEDS[panel.kind] ? FEEDS[panel.kind](panel.options) : []);
  wall.feedsOfKinds = ({ kinds }) => FEEDS.attention({ kinds });

  /* In words, how old what the panel shows is, or none while it is of now: it could not be read, or one of
     the feeds it counts has gone quiet. */
  wall.oldness = function (panel, feeds, t) {
    const { word, clock } = wall;
    if (panel.old || panel.failed)
      return panel.readAt ? word("wall.as_of", { time: clock(panel.readAt) }) : word("wall.no_data");
    const quiet = feeds
      .map((key) => ikomek.feeds.get(key))
      .filter((feed) => feed && ikomek.feedIsStale(feed, t));
    if (!quiet.length) return null;
    const since = Math.min(...quiet.map((feed) => feed.polled_at ?? 0));
    return since ? word("wall.as_of", { time: clock(since) }) : word("wall.no_data");
  };

  /* The moment that all ages of one drawing are reckoned from: the card and the list never say two ages of
     one incident. */
  wall.beatOf = (t) => Math.floor(t / STEP_S) * STEP_S;
  wall.elapsed = (since) => wall.span(wall.state.beat - since);
})();
