/* The page /feeds: fills the places of age, keeps the states and their sum alive, and rings when a run has
   ended, so that the rows are read again. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, make, put } = ikomek;
  const STATES = ["normal", "due", "late", "failed", "never"];
  const newest = new Map();

  /* A feed's own figures: as last told by the live feed, else as the page was laid out. */
  function pollsOf(element) {
    const live = newest.get(element.dataset.feed);
    if (live) return { polled: live.polled_at, interval: live.interval_s, failing: live.error !== null };
    return {
      polled: Number(element.dataset.polled) || null,
      interval: Number(element.dataset.interval) || null,
      failing: element.dataset.failing === "1",
    };
  }

  function stateOf(feed, age) {
    if (feed.failing) return "failed";
    if (feed.polled === null) return "never";
    if (feed.interval === null) return "normal";
    if (age > 2 * feed.interval) return "late";
    return age > feed.interval ? "due" : "normal";
  }

  function build(element) {
    element.append(
      make("span", "feeds-age-text"),
      make("span", "feeds-age-state"),
      make("span", "feeds-track", make("span", "feeds-fill"), make("span", "feeds-mark")),
      make("span", "feeds-every", element.dataset.every),
    );
  }

  function draw(element, now) {
    if (!element.firstChild) build(element);
    const feed = pollsOf(element);
    const age = feed.polled === null ? null : Math.max(0, now - feed.polled);
    const state = stateOf(feed, age);
    const [text, stateText, track] = element.children;
    put(text, age === null ? "–" : ikomek.age(age));
    put(stateText, ikomek.word(`feeds.state.${state}`));
    const known = age !== null && feed.interval !== null;
    track.firstChild.style.width = `${known ? Math.min(100, (50 * age) / feed.interval).toFixed(1) : 0}%`;
    if (element.dataset.state !== state) element.dataset.state = state;
    return state;
  }

  function drawAll() {
    const elements = document.querySelectorAll(".feeds-age");
    if (!elements.length) return;
    const now = ikomek.nowSeconds();
    const drawn = [...elements].map((element) => draw(element, now));
    const counts = Object.fromEntries(
      STATES.map((state) => [state, drawn.filter((one) => one === state).length]),
    );
    const parts = [
      ["normal", counts.normal + counts.due],
      ["late", counts.late],
      ["failed", counts.failed],
    ];
    const summary = byId("feeds-summary");
    const key = JSON.stringify(parts);
    if (summary && summary.dataset.key !== key) {
      summary.dataset.key = key;
      summary.replaceChildren(
        ...parts
          .filter(([name, n]) => n || name === "normal")
          .map(([name, n]) =>
            make("span", `feeds-count feeds-count-${name}`, ikomek.word(`feeds.summary.${name}`, { n })),
          ),
      );
    }
  }

  function hear(feed) {
    const before = newest.get(feed.key);
    newest.set(feed.key, feed);
    return (
      !before ||
      before.polled_at !== feed.polled_at ||
      before.failed_at !== feed.failed_at ||
      before.error !== feed.error
    );
  }

  /* Rejected rows are read again only when somebody looks: each look is in the audit. */
  function pulse() {
    const data = Date.now();
    window.dash_clientside.set_props("feeds-pulse", { data });
    if (!new URLSearchParams(location.search).has("run"))
      window.dash_clientside.set_props("feeds-panel-pulse", { data });
  }

  function heard(message) {
    const changed =
      message.feeds ||
      (message.type === "change" && message.noun === "feed" && message.payload ? [message.payload] : []);
    const ended = changed.map(hear).some(Boolean);
    if (ended && byId("feeds")) pulse();
    drawAll();
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (location.pathname !== "/feeds") return;
    ikomek.live.on(heard);
    ikomek.words.then(() => setInterval(drawAll, 500));
  });
})();
