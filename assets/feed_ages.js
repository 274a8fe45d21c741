/* How old each feed is, as the server last told: `ikomek.feeds` (key -> {key, layer, interval_s,
   polled_at, ...}), patched by ticks and changes. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  ikomek.feeds = new Map();

  /* No poll for more than twice the interval, or never; a feed without an interval comes when it comes.
     `now` in epoch seconds. */
  ikomek.feedIsStale = (feed, now) =>
    feed.interval_s !== null && (feed.polled_at == null || now - feed.polled_at > 2 * feed.interval_s);

  /* Keys of the feeds that are stale: the symbols of their incidents are hatched. A feed nobody has told
     of is not judged. */
  ikomek.staleFeeds = (now) =>
    new Set(
      [...ikomek.feeds.values()].filter((feed) => ikomek.feedIsStale(feed, now)).map((feed) => feed.key),
    );

  function heard(message) {
    for (const feed of message.feeds || []) ikomek.feeds.set(feed.key, feed);
    if (message.type === "change" && message.noun === "feed" && message.payload)
      ikomek.feeds.set(message.payload.key, message.payload);
  }
  (function listen() {
    if (ikomek.live) ikomek.live.on(heard);
    else setTimeout(listen, 50);
  })();
})();
