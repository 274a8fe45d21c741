/* What is stale looks stale everywhere: one rule for the figures, lists and counts of a scene, and one age
   of an incident wherever it stands. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    wall = ikomek.wall;
  const KINDS = { service: "inquiries", police: "police", emergency: "emergencies", offence: "offences" },
    STEP_S = 5;
  /* The feeds that a panel counts: its kind names them (`feeds`); one that names none counts none. */
  wall.feedsOf = (panel) => wall.panels[panel.kind]?.feeds?.(panel.options) ?? [];
  wall.feedsOfKinds = ({ kinds }) => (kinds || Object.keys(KINDS)).map((kind) => KINDS[kind]);
  /* That of what is counted by the hour: "inquiries" or a kind of incident. */
  wall.feedOf = ({ of }) => KINDS[of] || "inquiries";

  /* How old what the panel shows is, in words and in few words ({long, short}), or null while it is of now:
     it could not be read, or one of the feeds it counts has gone quiet. */
  wall.oldness = function (panel, feeds, t) {
    if (panel.old || panel.failed) return sentencesOf(panel.readAt);
    const quiet = feeds
      .map((key) => ikomek.feeds.get(key))
      .filter((feed) => feed && ikomek.feedIsStale(feed, t));
    return quiet.length ? sentencesOf(Math.min(...quiet.map((feed) => feed.polled_at ?? 0))) : null;
  };
  /* When it was read, and at which position of the change feed. */
  wall.readWords = ({ readAt, position }) => [
    wall.word("wall.read", { time: ikomek.clock(readAt) }),
    wall.word("wall.position", { position: ikomek.number(position) }),
  ];
  /* Beside a title, in its line: a part that has no room there goes, whole, with those after it. */
  wall.sayBeside = function (panel, parts) {
    const count = panel.element.querySelector(".wall-panel-count");
    if (!count || count.textContent === parts.join("")) return;
    count.classList.add("parts");
    count.replaceChildren(...parts.map((part) => wall.make("span", "", part)));
  };
  function sentencesOf(at) {
    const sentence = (key) => (at ? wall.word(key, { time: ikomek.clock(at) }) : wall.word("wall.no_data"));
    return { long: sentence("wall.as_of"), short: sentence("wall.at") };
  }

  /* The moment that all ages of one drawing are reckoned from: the card and the list never say two ages of
     one incident. */
  wall.beatOf = (t) => Math.floor(t / STEP_S) * STEP_S;
  wall.elapsed = (since) => wall.age(wall.state.beat - since);
})();
