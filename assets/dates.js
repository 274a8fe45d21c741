/* Days in words. Chromium carries no Kazakh dates, so weekdays and months come from our own catalogue. The
   city's time zone stands on <html data-zone>. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  let parts = null;

  /* {year, month 1..12, day, weekday 0 = Monday} of epoch seconds in the city; null for what is no time. */
  function cityDay(seconds) {
    const timeZone = document.documentElement.dataset.zone || undefined;
    parts =
      parts ||
      new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    if (!Number.isFinite(Number(seconds))) return null;
    const [year, month, day] = parts
      .format(new Date(seconds * 1000))
      .split("-")
      .map(Number);
    return { year, month, day, weekday: (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7 };
  }

  const said = (write) => (seconds) => {
    const at = cityDay(seconds);
    return at ? write(at) : "\u2013";
  };
  ikomek.weekday = said(({ weekday }) => ikomek.word(`date.weekday.${weekday}`));
  ikomek.weekdayShort = said(({ weekday }) => ikomek.word(`date.weekday_short.${weekday}`));
  ikomek.dayText = said(({ year, month, day }) =>
    ikomek.word("date.day", { day, month: ikomek.word(`date.month.${month}`), year }),
  );
})();
