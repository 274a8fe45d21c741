/* Days and times of day of the city, whose time zone stands on <html data-zone>. Chromium carries no Kazakh
   dates, so weekdays and months come from our own catalogue. Each takes epoch seconds and writes a dash for
   what is no time.

   ikomek.weekday, weekdayShort   "Sunday", "Sun"
   ikomek.dayText, dayShort     "29 November 2026", "29.11.2026"
   ikomek.clock, clockSeconds     "21:14", "21:14:05" */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const DAY = { year: "numeric", month: "2-digit", day: "2-digit" },
    MINUTE = { hour: "2-digit", minute: "2-digit" },
    SECOND = { ...MINUTE, second: "2-digit" };

  /* Made at its first use, by when the page is there: a format costs far more than what it writes. */
  function written(locale, fields, finish) {
    let format = null;
    return (seconds) => {
      if (!Number.isFinite(Number(seconds))) return "\u2013";
      const timeZone = document.documentElement.dataset.zone || undefined;
      format = format || new Intl.DateTimeFormat(locale, { timeZone, ...fields });
      return finish(format.format(new Date(seconds * 1000)));
    };
  }

  /* `write` gets {year, month 1..12, day, weekday 0 = Monday}. */
  const ofDay = (write) =>
    written("en-CA", DAY, (iso) => {
      const [year, month, day] = iso.split("-").map(Number);
      return write({
        year,
        month,
        day,
        weekday: (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7,
      });
    });
  ikomek.weekday = ofDay(({ weekday }) => ikomek.word(`date.weekday.${weekday}`));
  ikomek.weekdayShort = ofDay(({ weekday }) => ikomek.word(`date.weekday_short.${weekday}`));
  ikomek.dayText = ofDay(({ year, month, day }) =>
    ikomek.word("date.day", { day, month: ikomek.word(`date.month.${month}`), year }),
  );

  const asFormatted = (text) => text;
  ikomek.dayShort = written("ru", DAY, asFormatted);
  ikomek.clock = written("en-GB", MINUTE, asFormatted);
  ikomek.clockSeconds = written("en-GB", SECOND, asFormatted);
})();
