/* What the pages ask through Dash, whose own client waits for ever, takes a refusal for a line in the
   console, never asks again, and keeps every value that a clock or a person's input ever had.

   A question (whatever was not caused by a press of a button) is repeated until it is answered, or until
   the same place has been asked something newer; a press is sent once. `ikomek.callbacks.awaited()`: ms
   since the oldest question that is open, 0 when none is; `pressed()`: the same of presses. A document event
   "ikomek:refused" says that a person's press or question was refused ({status, message});
   "ikomek:signed-out" and "ikomek:other-caller" are those of ask.js.

   A button [data-patience=SECONDS] does what takes long: it is disabled and "aria-busy" until the answer is
   there, which may take so long; nobody is told before that the server is silent, and where nothing came
   its `data-lost` is said. */
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
    FORGET_MS = 10000,
    CLICKS = ".n_clicks";
  const own = window.fetch.bind(window),
    open = new Set(),
    presses = new Set(),
    newest = new Map();
  let clicked = null;

  const pause = (ms) =>
    new Promise((done) => {
      setTimeout(done, ms);
    });

  /* The answer, whatever its status, whole: a body that is cut off is no answer. Where none came, one that
     says so: of a promise that is rejected Dash does not even undo what it had set for its time. */
  async function once(resource, init, quietMs) {
    try {
      const answer = await own(resource, {
        ...init,
        headers: ikomek.asCaller(init?.headers),
        signal: AbortSignal.timeout(quietMs),
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
        const answer = await once(resource, init, QUIET_MS);
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
  async function refused(answer, wanted, button) {
    const refusal = await refusalIn(answer);
    if (ikomek.hearRefusal(answer.status, refusal) || !wanted) return;
    document.dispatchEvent(
      new CustomEvent("ikomek:refused", {
        detail: { status: answer.status, message: refusal.message || button?.dataset.lost || null },
      }),
    );
  }

  /* `button`: the one that was clicked, if it is one that has patience; Dash tells of those too that were
     drawn anew. */
  function pressed(changedPropIds) {
    const ids = changedPropIds.filter((id) => id.endsWith(CLICKS));
    if (!ids.length) return null;
    const patient = clicked?.dataset.patience && ids.includes(clicked.id + CLICKS);
    return { button: patient ? clicked : null };
  }
  document.addEventListener(
    "click",
    ({ target }) => {
      clicked = target.closest?.("button");
    },
    true,
  );

  /* A press is sent once. */
  async function answeredOnce(resource, init, { button }) {
    const press = { since: button ? Infinity : performance.now() };
    presses.add(press);
    clicked = null;
    if (button) Object.assign(button, { disabled: true, ariaBusy: "true" });
    try {
      return await once(resource, init, button ? 1000 * Number(button.dataset.patience) : QUIET_MS);
    } finally {
      presses.delete(press);
      if (button) Object.assign(button, { disabled: false, ariaBusy: null });
    }
  }

  async function callback(resource, init) {
    const { output, changedPropIds = [] } = JSON.parse(init.body),
      mine = {};
    const press = pressed(changedPropIds),
      beat = changedPropIds.some((id) => id.endsWith(".n_intervals"));
    newest.set(output, mine);
    const answer = press
      ? await answeredOnce(resource, init, press)
      : await answered(resource, init, () => !beat && newest.get(output) === mine);
    // A beat comes again by itself, and what has been overtaken is nobody's loss.
    if (!answer.ok) await refused(answer, !beat && newest.get(output) === mine, press?.button);
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

  const oldest = (questions) => Math.max(0, ...[...questions].map(({ since }) => performance.now() - since));
  ikomek.callbacks = { awaited: () => oldest(open), pressed: () => oldest(presses) };
})();
