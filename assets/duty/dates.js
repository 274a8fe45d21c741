/* The two days of the filters' window "dates": from, to. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;

  /* The same two fields whenever the page draws their place anew: what is being typed stays. */
  let dates = null;

  ikomek.dutyDates = function (choose) {
    const element = byId("duty-dates");
    if (!element) return;
    dates =
      dates ||
      ["from", "to"].map((name) =>
        ikomek.dateField({
          name,
          label: ikomek.word(`duty.${name}`),
          least: "1900-01-01",
          most: "2199-12-31",
          changed: () => ask(choose),
        }),
      );
    if (!element.firstChild) element.append(...dates);
    dates.forEach((field, i) => {
      field.iso = i ? element.dataset.to : element.dataset.from;
    });
  };

  function ask(choose) {
    const [from, to] = dates.map((field) => field.iso);
    if (from && to && from > to) return ikomek.word("date.order");
    choose(from, to);
    return "";
  }
})();
