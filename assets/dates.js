/* Days in words. Chromium carries no Kazakh dates, so weekdays and months come from our own catalogue. The city's time zone stands on <html data-zone>. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  let parts = null;

  /* {year, month 1..12, day, weekday 0 = Monday} of epoch seconds in the city. */
  function cityDay(seconds) {
    const timeZone = document.documentElement.dataset.zone || undefined;
    parts = parts || new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    const [year, month, day] = parts.format(new Date(seconds * 1000)).split("-").map(Number);
    return { year, month, day, weekday: (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7 };
  }

  ikomek.weekday = (seconds) => ikomek.word(`date.weekday.${cityDay(seconds).weekday}`);
  ikomek.weekdayShort = (seconds) => ikomek.word(`date.weekday_short.${cityDay(seconds).weekday}`);
  ikomek.dayText = function (seconds) {
    const { year, month, day } = cityDay(seconds);
    return ikomek.word("date.day", { day, month: ikomek.word(`date.month.${month}`), year });
  };
})();
