/* Whatever a script asks of the server is asked here, so that no question hangs and no answer is taken for
   that of another question.

   ikomek.ask(address, {as, quietMs, signal, ...init}) The body as "json" (the default), "text" or
   "buffer". A body that keeps coming is never cut off, however slow: the question is given up when nothing
   at all was heard for `quietMs`. Rejects with an `ikomek.Refused`; with an AbortError when `signal` was
   aborted.

   ikomek.latest() -> {ask(work, take, fail), forget()} For questions that replace one another.
   `work(signal)` asks; `take(answer)` or `fail(error)` hears only of the newest question: an older one is
   aborted, and what it still brings is dropped. Without `fail` an error of the newest is thrown.
   `forget()`: no question is open any more. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const QUIET_MS = 15000;

  /* `status` is 0 where the server said nothing, and then `silent` tells a time-out from a refused
     connection. `code`, `message`: the server's own. */
  class Refused extends Error {
    constructor(address, { status = 0, silent = false, said = {} }) {
      super(said.message || `${address}: ${silent ? "no answer" : status || "no connection"}`);
      Object.assign(this, { name: "Refused", address, status, silent, code: said.error || null, said });
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
  async function saidBy(blob) {
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
      const answer = await fetch(address, { credentials: "same-origin", ...init, signal: controller.signal });
      heard();
      const body = await whole(answer, heard);
      if (answer.ok) return await READ[as](body);
      if (answer.status === 401) document.dispatchEvent(new CustomEvent("ikomek:signed-out"));
      throw new Refused(address, { status: answer.status, said: await saidBy(body) });
    } catch (error) {
      if (error instanceof Refused || error instanceof SyntaxError || signal?.aborted) throw error;
      throw new Refused(address, { silent });
    } finally {
      clearTimeout(timer);
      if (signal) signal.removeEventListener("abort", abort);
    }
  };

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
