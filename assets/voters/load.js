/* The page /voters: a file of the list is chosen by the button or dropped on the page, packed where that
   makes it smaller, sent, and followed until it is a version or is refused. Whoever opens the page meanwhile
   sees how far it is. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const ADDRESS = "/api/v1/voters/load",
    ACCEPT = ".csv,.tsv,.txt,.xlsx,.gz",
    PACKED = /\.(xlsx|gz)$/i,
    PACK_FROM = 4e6,
    MEGABYTE = 1e6,
    SENDING_MS = 600000,
    POLL_MS = 1000;
  let busy = false,
    day = null;

  const dash = () => window.dash_clientside;

  function announce(text, wrong = false) {
    const status = byId("voters-loading");
    if (!status) return;
    status.textContent = text;
    status.dataset.wrong = wrong ? "yes" : "no";
  }

  async function packed(file) {
    if (file.size < PACK_FROM || PACKED.test(file.name)) return { name: file.name, body: file };
    announce(ikomek.word("voters.load.packing", { file: file.name }));
    const stream = file.stream().pipeThrough(new CompressionStream("gzip"));
    return { name: `${file.name}.gz`, body: await new Response(stream).blob() };
  }

  async function send(file) {
    if (busy) return;
    busy = true;
    try {
      const { name, body } = await packed(file);
      const mb = (body.size / MEGABYTE).toFixed(1);
      announce(ikomek.word("voters.load.sending", { file: name, mb }));
      const query = new URLSearchParams({ name, ...(day?.iso ? { day: day.iso } : {}) });
      await ikomek.ask(`${ADDRESS}?${query}`, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/octet-stream" },
        quietMs: SENDING_MS,
      });
      await follow();
    } catch (error) {
      announce(error.message, true);
    } finally {
      busy = false;
    }
  }

  /* Until it is done. A page that was left follows no more. */
  async function follow() {
    for (;;) {
      const found = await ikomek.ask(ADDRESS);
      if (!byId("voters")) return;
      if (found.state === "running") {
        announce(found.message);
        await new Promise((then) => setTimeout(then, POLL_MS));
        continue;
      }
      announce(found.message, found.state === "failed");
      if (found.state === "done") dash().set_props("voters-pulse", { data: { n: Date.now() } });
      return;
    }
  }

  function field() {
    const label = byId("voters-load");
    if (!label || label.querySelector("input")) return;
    const input = Object.assign(document.createElement("input"), { type: "file", accept: ACCEPT });
    input.addEventListener("change", () => {
      if (input.files[0]) send(input.files[0]);
      input.value = "";
    });
    label.append(input);
    day?.remove();
    day = null;
    if (!label.dataset.day) {
      day = ikomek.dateField({
        name: "day",
        label: ikomek.word("voters.load.day"),
        least: "2000-01-01",
        most: "2100-12-31",
        changed: () => "", // it is read when a file is sent
      });
      label.before(day);
    }
    if (!busy) resume();
  }

  /* What somebody, or this page before it was drawn anew, is loading right now. */
  async function resume() {
    try {
      const found = await ikomek.ask(ADDRESS);
      if (found.state === "running" && !busy) await follow();
    } catch {
      if (!busy) announce(""); // the page itself says that the list's process is away
    }
  }

  new MutationObserver(field).observe(document.documentElement, { childList: true, subtree: true });

  const holds = (event) => byId("voters-load") && event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (holds(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
  });
})();
