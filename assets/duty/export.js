/* How many rows of a file are written, while somebody waits for it: said above the list. The file itself is
   fetched by the browser, and a refusal is read in its tab. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const EVERY_MS = 700,
    BEGINS_MS = 8000;
  let followed = null; // the key of the file asked for last

  const pause = () => new Promise((then) => setTimeout(then, EVERY_MS));

  function show(text) {
    const line = byId("duty-export-progress");
    if (!line) return;
    line.textContent = text;
    line.hidden = !text;
  }

  async function written(key) {
    try {
      return (await ikomek.ask(`/layers/export/progress.json?key=${key}`)).rows;
    } catch {
      return null; // the tab of the file says what is wrong
    }
  }

  /* Until it is no longer being written, or another one was asked for. */
  async function follow(key, form) {
    const began = performance.now();
    let seen = false;
    while (followed === key && (seen || performance.now() - began < BEGINS_MS)) {
      await pause();
      const rows = await written(key);
      if (followed !== key || (seen && rows === null)) break;
      if (rows === null) continue;
      seen = true;
      const total = Number(byId("duty-total")?.dataset.n || 0);
      show(
        ikomek.word("duty.export.progress", {
          form,
          n: rows,
          total: ikomek.number(Math.max(total, rows), 0),
        }),
      );
    }
    if (followed === key) show("");
  }

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("#duty-export a[data-form]");
      if (!link || link.dataset.form === "pdf") return;
      const address = new URL(link.href);
      followed = ikomek.dutyActions.uuid();
      address.searchParams.set("progress", followed);
      link.setAttribute("href", address.pathname + address.search);
      follow(followed, link.textContent);
    },
    true,
  );
})();
