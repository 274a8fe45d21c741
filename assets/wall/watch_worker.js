/* The watchdog of one wall's page, in a worker of its own, so that it lives when the page hangs.

   The page says {painted} at least once a second. Heard nothing for `SILENT_MS` (longer after each time of
   the last hour) although the page is visible: it is written to the server's log and the page is told to
   load itself again. One that does not even do that is written down as not answering. */
(function () {
  "use strict";
  if (typeof DedicatedWorkerGlobalScope === "undefined" || !(self instanceof DedicatedWorkerGlobalScope))
    return; // loaded as a page's script, it does nothing
  const SILENT_MS = 15000,
    ANSWER_MS = 10000,
    LONGEST_MS = 600000,
    CHECK_MS = 1000,
    QUIET_MS = 10000;
  let show = "",
    silentMs = SILENT_MS,
    heardAt = performance.now(),
    checkedAt = heardAt,
    hidden = false,
    messageAt = null,
    hung = false;

  self.onmessage = ({ data }) => {
    if (data.show !== undefined) {
      show = data.show;
      silentMs = Math.min(SILENT_MS * data.patience, LONGEST_MS);
    }
    if (data.hidden !== undefined) hidden = data.hidden;
    heardAt = performance.now();
  };

  function report(reason, silent) {
    const body = JSON.stringify({ show: show, reason: reason, silent_s: Math.round(silent / 100) / 10 });
    const sent = fetch("/api/v1/wall/watch/reloaded", {
      method: "POST",
      body: body,
      headers: { "Content-Type": "application/json" },
      signal: AbortSignal.timeout(QUIET_MS),
    });
    return sent.then(
      (answer) => answer.ok,
      () => false,
    );
  }
  function check() {
    const now = performance.now(),
      silent = now - heardAt;
    // The whole machine slept, or was too busy to run even this worker: not the page's fault.
    if (now - checkedAt > SILENT_MS) heardAt = now;
    checkedAt = now;
    if (messageAt !== null) {
      if (!hung && now - messageAt > ANSWER_MS) {
        hung = true;
        report("answering", silent);
      }
      return;
    }
    if (hidden || silent < silentMs) return;
    messageAt = now;
    // While the server is away nothing is loaded again: what stands there is better than the browser's error
    // page.
    report("painting", silent).then((written) => {
      if (written) self.postMessage("reload");
      else messageAt = null;
    });
  }
  setInterval(check, CHECK_MS);
})();
