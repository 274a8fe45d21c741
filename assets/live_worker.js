/* The one connection to /live that all tabs of a browser share.

   As a SharedWorker it holds the EventSource and repeats what it hears to every tab; loaded as a plain
   script it offers the same class to a browser without SharedWorker (`ikomek.LiveStream`). Messages: {type:
   'hello' | 'change' | 'tick' | 'reset' | 'lost' | 'back' | 'refused', ...}; lost tells in ms how old the
   picture is (`age`), and which `part` is away: "server", "database" or "changes", which are not passed on;
   what the server says carries epoch, position and `waited`, how many ms ago it was heard. A change is passed
   on once, in order of position. Time is measured by performance.now(): this machine's clock
   may be wrong, or be set while we run. */
(function () {
  "use strict";

  const TICK_MS = 5000;
  const LOST_MS = 2 * TICK_MS;
  // A stream that ended is opened again at once; one that stays away this long is lost.
  const BROKEN_MS = 1200;
  const RETRY_MS = [1000, 1000, 2000, 5000];
  const REFUSED_RETRY_MS = 15000; // whoever is not let in asks seldom: somebody may sign in beside it
  const REFUSALS = new Set([401, 403, 409]); // nobody, without the right, or not whom the page was drawn for
  const WHY_QUIET_MS = 10000;
  // By which errors a server that answers says that its database does not.
  const OF_DATABASE = new Set(["database.away", "database.slow", "live.not_ready"]);
  const REOPEN_MS = 4000;
  const CLOCK_SAMPLES = 12;
  // No message is held up for so long, because a silent stream is opened anew: the server's clock was set.
  const CLOCK_STEP_MS = 30000;

  /* The server's clock by our monotonic one. The sample with the shortest way has the largest offset: of
     the last minute, that one. */
  class ServerClock {
    offsets = [];

    hear(serverMs, waited) {
      const offset = serverMs + waited - performance.now();
      if (this.known && this.offset - offset > CLOCK_STEP_MS) this.offsets = [];
      this.offsets.push(offset);
      if (this.offsets.length > CLOCK_SAMPLES) this.offsets.shift();
    }
    get known() {
      return this.offsets.length > 0;
    }
    get offset() {
      return Math.max(...this.offsets);
    }
  }

  /* {status, error} by which an address is refused; a status of 0: it is away. What is not refused is let
     go at once. */
  async function why(address) {
    const asking = new AbortController(),
      limit = setTimeout(() => asking.abort(), WHY_QUIET_MS);
    try {
      const answer = await fetch(address, { cache: "no-store", signal: asking.signal });
      const { error } = answer.ok ? {} : await answer.json().catch(() => ({}));
      return { status: answer.status, error };
    } catch {
      return { status: 0 };
    } finally {
      clearTimeout(limit);
      asking.abort();
    }
  }

  class LiveStream {
    /* `scene`: of the screen whose page listens, empty for a person's. `caller`: for whom the page was
       drawn; the stream of somebody else is refused. */
    constructor(post, scene, caller) {
      this.post = post;
      this.asks = Object.entries({ scene, caller }).filter(([, value]) => value);
      this.rights = null;
      this.epoch = null;
      this.position = null;
      this.now = null;
      this.sentAt = this.tickedAt = 0;
      this.heardAt = this.wholeAt = performance.now();
      this.clock = new ServerClock();
      this.openedAt = 0;
      this.brokenAt = null;
      this.awayAt = -Infinity;
      this.lost = null; // the part that is away
      this.refused = null;
      this.withoutDatabase = false;
      this.failures = 0;
      this.lastTick = null;
      this.open();
      setInterval(() => this.watch(), 250);
    }

    open() {
      if (this.source) this.source.close();
      this.openedAt = performance.now();
      this.failed = false;
      const query = new URLSearchParams(this.asks);
      if (this.epoch !== null) query.set("from", `${this.epoch}-${this.position}`);
      const source = new EventSource(`/live?${query}`);
      for (const type of ["hello", "change", "tick", "reset", "away"]) {
        source.addEventListener(type, (event) => {
          if (source === this.source) this.hear(type, event);
        });
      }
      source.addEventListener("error", () => {
        if (source !== this.source) return;
        this.failed = true;
        this.failures += 1;
        this.brokenAt = this.brokenAt || performance.now();
        if (source.readyState === EventSource.CLOSED) this.askWhy();
      });
      this.source = source;
    }

    /* An EventSource does not tell by which status it was refused, nor in which words: a question does. */
    async askWhy() {
      const { source } = this;
      const found = await why(source.url);
      if (source !== this.source || !this.failed) return;
      this.withoutDatabase = OF_DATABASE.has(found.error);
      if (!REFUSALS.has(found.status)) return;
      if (this.refused === null) this.post({ type: "refused", status: found.status });
      this.refused = found.status;
    }

    /* What is away while nothing new is heard. */
    part() {
      const now = performance.now(),
        cut = this.brokenAt !== null && now - this.brokenAt > BROKEN_MS;
      if (this.withoutDatabase) return "database";
      if (cut || now - this.heardAt > LOST_MS) return "server";
      return this.awayAt > this.tickedAt ? "database" : "changes";
    }

    postLost() {
      this.lost = this.part();
      this.post({ type: "lost", age: performance.now() - this.wholeAt, part: this.lost });
    }

    retryMs() {
      return this.refused
        ? REFUSED_RETRY_MS
        : RETRY_MS[Math.min(Math.max(this.failures, 1), RETRY_MS.length) - 1];
    }

    /* A stream that fails by status is closed for good by the browser, one that ends is opened again after
       seconds, one that hangs never: all are opened again from the cursor. */
    watch() {
      const now = performance.now();
      const broken = this.brokenAt !== null && now - this.brokenAt > BROKEN_MS;
      const late = broken || now - this.wholeAt > LOST_MS;
      if (this.lost ? this.lost !== this.part() : late) this.postLost();
      // One that is still being opened is given its time: a server that has just started answers late.
      const patience = this.heardAt > this.openedAt ? LOST_MS : REOPEN_MS;
      const hangs = now - Math.max(this.heardAt, this.openedAt) > patience;
      if (this.failed ? now - this.openedAt > this.retryMs() : this.lost && hangs) this.open();
    }

    hear(type, event) {
      const data = JSON.parse(event.data);
      const cut = event.lastEventId.lastIndexOf("-");
      const epoch = event.lastEventId.slice(0, cut);
      const position = Number(event.lastEventId.slice(cut + 1));
      this.heardAt = performance.now();
      this.brokenAt = this.refused = null;
      this.withoutDatabase = false;
      this.failures = 0;
      if (type === "away") {
        this.awayAt = this.heardAt;
        if (this.lost) this.postLost();
        return;
      }
      if (data.now !== undefined) this.clock.hear(data.now * 1000, 0);
      if (type === "tick") this.wholeAt = data.as_of * 1000 - this.clock.offset;
      const behind = this.heardAt - this.wholeAt;
      if (this.lost && behind < LOST_MS) {
        this.lost = null;
        this.post({ type: "back" });
      } else if (this.lost && type === "tick") this.postLost();
      if (type === "change" && epoch === this.epoch && position <= this.position) return;
      this.epoch = epoch;
      this.position = position;
      if (data.now !== undefined) {
        this.now = data.now;
        this.sentAt = this.heardAt;
      }
      if (type === "hello") this.rights = data.rights;
      const message = Object.assign(data, { type: type, epoch: epoch, position: position, waited: 0 });
      if (type === "tick") {
        this.lastTick = message;
        this.tickedAt = this.heardAt;
      }
      this.post(message);
    }

    /* What a tab that joins has to know. */
    greeting() {
      const messages = [],
        ago = (at) => performance.now() - at;
      if (this.now !== null)
        messages.push({
          type: "hello",
          epoch: this.epoch,
          position: this.position,
          now: this.now,
          rights: this.rights,
          waited: ago(this.sentAt),
        });
      if (this.lastTick) messages.push(Object.assign({}, this.lastTick, { waited: ago(this.tickedAt) }));
      if (this.lost) messages.push({ type: "lost", age: ago(this.wholeAt), part: this.lost });
      if (this.refused) messages.push({ type: "refused", status: this.refused });
      return messages;
    }
  }

  if (typeof SharedWorkerGlobalScope === "undefined" || !(self instanceof SharedWorkerGlobalScope)) {
    window.ikomek = window.ikomek || {};
    Object.assign(window.ikomek, { LiveStream, ServerClock });
    return;
  }

  const tabs = new Set();
  let stream = null;
  self.onconnect = (event) => {
    const port = event.ports[0];
    port.onmessage = (message) => {
      if (message.data === "bye") tabs.delete(port);
      else for (const known of stream.greeting()) port.postMessage(known);
    };
    tabs.add(port);
    if (stream === null)
      stream = new LiveStream(
        (message) => {
          for (const tab of tabs) tab.postMessage(message);
        },
        ...self.name.split(":").slice(1),
      );
    else for (const message of stream.greeting()) port.postMessage(message);
  };
})();
