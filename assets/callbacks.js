/* What the pages ask through Dash, whose own client waits for ever, takes a refusal for a line in the
   console, never asks again, and keeps every value that a clock or a person's input ever had.

   A question (whatever was not caused by a press of a button) is repeated until it is answered, or until
   the same place has been asked something newer; a press is sent once. `ikomek.callbacks.awaited()`: ms
   since the oldest question that is open, 0 when none is. A document event "ikomek:refused" says that a
   person's press or question was refused ({status, message}); "ikomek:signed-out" and
   "ikomek:other-caller" are those of ask.js. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const CALLBACK = "/_dash-update-component",
    START = new Set(["/_dash-layout", "/_dash-dependencies"]);
  const QUIET_MS = 35000, // longer than the server lets any question wait for its answer (30 s)
    PAUSES_MS = [1000, 2000, 5000],
    AWAY = new Set([429, 502, 503, 504]),
    NO_CONTENT = 204,
    NO_ANSWER = 504,
    FORGET_MS = 10000;
  const own = window.fetch.bind(window),
    open = new Set(),
    newest = new Map();

  const pause = (ms) =>
    new Promise((done) => {
      setTimeout(done, ms);
    });

  /* The answer, whatever its status, whole: a body that is cut off is no answer. Where none came, one that
     says so: of a promise that is rejected Dash does not even undo what it had set for its time. */
  async function once(resource, init) {
    try {
      const answer = await own(resource, {
        ...init,
        headers: ikomek.asCaller(init?.headers),
        signal: AbortSignal.timeout(QUIET_MS),
      });
      const { status, statusText, headers } = answer;
      const body = await answer.blob();
      return new Response(status === NO_CONTENT ? null : body, { status, statusText, headers });
    } catch {
      return new Response("{}", { status: NO_ANSWER, headers: { "Content-Type": "application/json" } });
    }
  }

  async function answered(resource, init, stillWanted) {
    const question = { since: performance.now() };
    open.add(question);
    try {
      for (let tries = 0; ; tries += 1) {
        const answer = await once(resource, init);
        if (!AWAY.has(answer.status) || !stillWanted()) return answer;
        ikomek.noteRefusal(await refusalIn(answer));
        await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] * (0.75 + Math.random() / 2));
        if (!stillWanted()) return answer;
      }
    } finally {
      open.delete(question);
    }
  }

  const refusalIn = (answer) =>
    answer
      .clone()
      .json()
      .catch(() => ({}));

  /* `wanted`: whether anybody still waits for the answer. */
  async function refused(answer, wanted) {
    const refusal = await refusalIn(answer);
    if (ikomek.hearRefusal(answer.status, refusal) || !wanted) return;
    document.dispatchEvent(
      new CustomEvent("ikomek:refused", {
        detail: { status: answer.status, message: refusal.message || null },
      }),
    );
  }

  async function callback(resource, init) {
    const { output, changedPropIds = [] } = JSON.parse(init.body),
      mine = {};
    const press = changedPropIds.some((id) => id.endsWith(".n_clicks")),
      beat = changedPropIds.some((id) => id.endsWith(".n_intervals"));
    newest.set(output, mine);
    const answer = await answered(resource, init, () => !press && !beat && newest.get(output) === mine);
    // A beat comes again by itself, and what has been overtaken is nobody's loss.
    if (!answer.ok) await refused(answer, !beat && newest.get(output) === mine);
    return answer;
  }

  async function start(resource, init) {
    const answer = await answered(resource, init, () => true);
    if (!answer.ok) await refused(answer, true);
    return answer;
  }

  window.fetch = function (resource, init) {
    const path = typeof resource === "string" ? new URL(resource, location.href).pathname : "";
    if (path === CALLBACK && init && typeof init.body === "string") return callback(resource, init);
    return START.has(path) ? start(resource, init) : own(resource, init);
  };

  /* For an undo that no page offers: of a wall's clock that would be all the beats of a month, copied at
     each new one. */
  setInterval(() => {
    for (const store of window.dash_stores || []) store.getState().history.past.length = 0;
  }, FORGET_MS);

  ikomek.callbacks = {
    awaited: () => Math.max(0, ...[...open].map(({ since }) => performance.now() - since)),
  };
})();
