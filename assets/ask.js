/* Whatever a script asks of the server is asked here, so that no question hangs and no answer is taken for
   that of another question.

   ikomek.ask(address, {as, quietMs, signal, ...init}) The body as "json" (the default), "text" or
   "buffer". A body that keeps coming is never cut off, however slow: the question is given up when nothing
   at all was heard for `quietMs`. Rejects with an `ikomek.Refused`; with an AbortError when `signal` was
   aborted.

   ikomek.send(address, body, options) The same as a POST with `body` as JSON.
   ikomek.refusalText(error): the server's message; where it gave none, that the request was refused.

   ikomek.latest() -> {ask(work, take, fail), forget()} For questions that replace one another.
   `work(signal)` asks; `take(answer)` or `fail(error)` hears only of the newest question: an older one is
   aborted, and what it still brings is dropped. Without `fail` an error of the newest is thrown.
   `forget()`: no question is open any more.

   Every question says for whom its page was drawn, for somebody else may have signed in in this browser
   since (`dashboard/security/page_caller.py`): ikomek.asCaller(headers) adds it to a question's headers, and
   what the browser fetches by itself, files and what is printed, has it in the address.
   ikomek.noteRefusal(refusal): what a server that refuses says of itself; ikomek.silentPart(): which part
   does not answer, in words. ikomek.hearRefusal(status, refusal): tells the page what concerns all of it,
   by a document event, "ikomek:signed-out" or "ikomek:other-caller"; whether it did. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const QUIET_MS = 15000,
    NOTED_MS = 15000,
    OTHER_CALLER = "door.other_caller",
    FILES = 'a[href^="/layers/"], a[href^="/api/"]';
  const { caller } = document.documentElement.dataset;

  ikomek.asCaller = function (headers) {
    const all = new Headers(headers);
    if (caller) all.set("X-Caller", caller);
    return all;
  };

  /* The part that does not answer, in the page's words: the database where the server says so, to a question
     or on the stream; else the server, of which alone it is known. */
  let withoutDatabaseAt = -Infinity;
  ikomek.noteRefusal = (refusal) => {
    withoutDatabaseAt = refusal.error?.startsWith("database.") ? performance.now() : -Infinity;
  };
  ikomek.silentPart = () => {
    const database = performance.now() - withoutDatabaseAt < NOTED_MS || ikomek.live.lost === "database";
    return ikomek.word(database ? "shell.part.database" : "shell.part.server");
  };

  ikomek.hearRefusal = function (status, refusal) {
    const concerns = status === 401 ? "signed-out" : refusal.error === OTHER_CALLER ? "other-caller" : null;
    if (concerns) document.dispatchEvent(new CustomEvent(`ikomek:${concerns}`));
    return concerns !== null;
  };

  function nameCaller({ target }) {
    const link = target instanceof Element && target.closest(FILES),
      href = link?.getAttribute("href");
    if (!href || !caller || href.includes(`caller=${caller}`)) return;
    link.setAttribute("href", `${href}${href.includes("?") ? "&" : "?"}caller=${caller}`);
  }
  for (const type of ["pointerdown", "click"]) document.addEventListener(type, nameCaller, true);

  /* `status` is 0 where the server said nothing, and then `silent` tells a time-out from a refused
     connection. `code`, `message`: the server's own. */
  class Refused extends Error {
    constructor(address, { status = 0, silent = false, refusal = {} }) {
      super(refusal.message || `${address}: ${silent ? "no answer" : status || "no connection"}`);
      Object.assign(this, { name: "Refused", address, status, silent, code: refusal.error || null, refusal });
    }
  }

  const READ = {
    json: async (blob) => JSON.parse(await blob.text()),
    text: (blob) => blob.text(),
    buffer: (blob) => blob.arrayBuffer(),
  };

  async function whole(answer, heard) {
    const parts = [],
      reader = answer.body ? answer.body.getReader() : null;
    for (let part = reader && (await reader.read()); part && !part.done; part = await reader.read()) {
      heard();
      parts.push(part.value);
    }
    return new Blob(parts);
  }

  /* What a refusal says of itself; a proxy's page of HTML says nothing to us. */
  async function refusalIn(blob) {
    try {
      return JSON.parse(await blob.text()) || {};
    } catch {
      return {};
    }
  }

  ikomek.ask = async function (address, { as = "json", quietMs = QUIET_MS, signal = null, ...init } = {}) {
    const controller = new AbortController();
    let timer = null,
      silent = false;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        silent = true;
        controller.abort();
      }, quietMs);
    };
    const abort = () => controller.abort();
    if (signal) {
      signal.throwIfAborted();
      signal.addEventListener("abort", abort, { once: true });
    }
    heard();
    try {
      const answer = await fetch(address, {
        credentials: "same-origin",
        ...init,
        headers: ikomek.asCaller(init.headers),
        signal: controller.signal,
      });
      heard();
      const body = await whole(answer, heard);
      if (answer.ok) return await READ[as](body);
      const refusal = await refusalIn(body);
      ikomek.noteRefusal(refusal);
      ikomek.hearRefusal(answer.status, refusal);
      throw new Refused(address, { status: answer.status, refusal });
    } catch (error) {
      if (error instanceof Refused || signal?.aborted) throw error; // what cannot be read is no answer
      ikomek.noteRefusal({});
      throw new Refused(address, { silent });
    } finally {
      clearTimeout(timer);
      if (signal) signal.removeEventListener("abort", abort);
    }
  };

  ikomek.send = (address, body, options = {}) =>
    ikomek.ask(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      ...options,
    });

  ikomek.refusalText = (error) => (error.code ? error.message : ikomek.word("shell.refused"));

  ikomek.latest = function () {
    let open = null;
    function forget() {
      if (open) open.abort();
      open = null;
    }
    async function ask(work, take, fail) {
      forget();
      const mine = (open = new AbortController());
      try {
        const answer = await work(mine.signal);
        if (open === mine) take(answer);
      } catch (error) {
        if (open !== mine) return;
        if (!fail) throw error;
        fail(error);
      }
    }
    return { ask, forget };
  };

  ikomek.Refused = Refused;
})();
