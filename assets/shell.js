/* The header's clock, language and marked section, and the banners, kept alive from the live feed.
   `ikomek.age(seconds)`: a length of time in its largest whole unit; `ikomek.span(seconds)`: with its
   minutes up to two days; both in words, so that none looks like a time of day. `ikomek.now()`: the server's
   clock in ms; `ikomek.nowSeconds()`: in seconds since 1970. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId, put } = ikomek;
  const AGE_STEP_S = 5;
  let known = {};
  let lost = null; // the part that is away

  ikomek.now = () => (ikomek.live ? ikomek.live.serverNow() : Date.now());
  ikomek.nowSeconds = () => ikomek.now() / 1000;

  ikomek.age = function (seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < 60) return ikomek.word("time.seconds", { n: Math.floor(whole / AGE_STEP_S) * AGE_STEP_S });
    if (whole < 3600) return ikomek.word("time.minutes", { n: Math.floor(whole / 60) });
    if (whole < 86400) return ikomek.word("time.hours", { n: Math.floor(whole / 3600) });
    return ikomek.word("time.days", { n: Math.floor(whole / 86400) });
  };

  ikomek.span = function (seconds) {
    const minutes = Math.floor(Math.max(0, seconds) / 60),
      hours = Math.floor(minutes / 60);
    if (hours < 1 || hours >= 48) return ikomek.age(seconds);
    return ikomek.word("time.hours_minutes", { hours, minutes: minutes % 60 });
  };

  function showClock() {
    const element = byId("shell-clock");
    if (!element || !ikomek.word("date.day")) return; // as it came until the catalogue is there
    const now = ikomek.now();
    put(element.firstChild, `${ikomek.weekday(now / 1000)}, ${ikomek.dayText(now / 1000)}`);
    put(element.lastChild, ikomek.clock(now / 1000));
  }

  function showBanners() {
    const element = byId("shell-banners");
    if (!element) return;
    const { order, state } = JSON.parse(element.dataset.banners); // as they came
    known = { ...state, ...known };
    const shown = order.filter((banner) => known.mode === banner || known[banner] === true);
    if (lost) shown.unshift(`lost.${lost}`);
    const key = `${ikomek.language} ${shown.join()}`;
    if (element.dataset.shown === key) return;
    element.dataset.shown = key;
    element.replaceChildren(
      ...shown.map((banner) => {
        const line = document.createElement("div");
        line.className = "shell-banner";
        line.dataset.banner = banner.split(".", 1)[0];
        line.textContent = ikomek.word(`shell.banner.${banner}`);
        return line;
      }),
    );
  }

  function markSection() {
    for (const link of document.querySelectorAll(".shell-link")) {
      const here =
        location.pathname === link.pathname ||
        (link.pathname.startsWith("/wall/") && location.pathname.startsWith("/wall/"));
      if (here && link.ariaCurrent !== "page") {
        link.ariaCurrent = "page";
        showWhole(link);
      }
    }
  }

  /* On a narrow screen the sections are one line that scrolls. */
  function showWhole(link) {
    const nav = link.parentElement;
    nav.scrollLeft += link.getBoundingClientRect().left - (nav.clientWidth - link.offsetWidth) / 2;
  }

  function heard(message) {
    if (message.type === "tick") {
      const { mode, demo, restoring } = message;
      known = { mode, demo, restoring };
    }
    if (message.type === "change" && message.noun === "mode") known = { ...known, ...message.payload };
    if (message.type === "lost") lost = message.part;
    if (message.type === "back") lost = null;
    showBanners();
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".shell-language");
    if (!button || button.getAttribute("aria-pressed") === "true") return;
    try {
      await ikomek.ask("/language", {
        as: "text",
        method: "POST",
        body: new URLSearchParams({ language: button.lang }),
      });
      window.location.reload();
    } catch (error) {
      document.dispatchEvent(new CustomEvent("ikomek:refused", { detail: error.refusal || {} }));
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("#shell-notice"))
      window.dash_clientside.set_props("shell-notice", { children: "" });
  });

  document.addEventListener("ikomek:language", showBanners);

  function begin() {
    if (!byId("shell-banners")) {
      setTimeout(begin, 50);
      return;
    }
    markSection();
    showBanners();
    showClock();
    setInterval(showClock, 1000);
  }

  /* Once every script is there: they come in the order of their names. */
  document.addEventListener("DOMContentLoaded", () => {
    ikomek.live.on(heard);
    begin();
  });
})();
