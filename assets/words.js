/* window.ikomek.word(key, params): the page's language from /words/<language>.json. `ikomek.words` resolves
   once it is there; it is asked for until it comes. ikomek.speak(language) changes it without a reload: a
   wall speaks the language of its scene. Of `params` `n` chooses the plural form, and is written as numbers
   are. Before the catalogue is there only the sentences that the document itself brought (<html data-words>)
   are said, and nothing for the others; a wall's document brings all that it says. ikomek.wordsAwaited(): ms
   since a catalogue has been waited for, 0 when none is. */
(function () {
  const ikomek = (window.ikomek = window.ikomek || {});
  const PAUSES_MS = [500, 1000, 2000, 5000],
    NOT_FOUND = 404;
  const brought = JSON.parse(document.documentElement.dataset.words || "{}");
  let language,
    rules,
    catalogue = null,
    newest = null,
    awaitedAt = null;

  const sentence = (key) =>
    catalogue ? (catalogue.entries[key] ?? key) : (brought[language]?.entries[key] ?? "");

  /* A fraction takes the second form in all three languages: 1,5 дома, 1.5 houses, 1,5 үй. */
  const formOf = (n) => (Number.isInteger(n) ? catalogue.plural.indexOf(rules.select(Math.abs(n))) : 1);
  const written = (value, name) =>
    name === "n" && typeof value === "number" ? ikomek.number(value, Number.isInteger(value) ? 0 : 1) : value;

  /* A key that no catalogue holds is shown as it is; so is a parameter that was not given. */
  ikomek.word = function (key, params) {
    let entry = sentence(key);
    if (Array.isArray(entry)) entry = entry[formOf(params.n)];
    return params
      ? entry.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? written(params[name], name) : whole))
      : entry;
  };

  /* "№ 12", in English "No. 12". */
  ikomek.numbered = (number) => ikomek.word("number.of", { number });

  const numbers = new Map();

  /* Thousands by a thin space and a decimal comma in Kazakh and Russian, by a comma and a point in
     English. */
  ikomek.number = function (value, digits) {
    const fraction = digits || 0;
    if (!numbers.has(fraction)) {
      numbers.set(
        fraction,
        new Intl.NumberFormat("en", { minimumFractionDigits: fraction, maximumFractionDigits: fraction }),
      );
    }
    const text = numbers.get(fraction).format(value);
    return language === "en" ? text : text.replace(/[,.]/g, (mark) => (mark === "," ? "\u2009" : ","));
  };

  async function read(wanted, isWanted) {
    if (brought[wanted]?.whole) return brought[wanted];
    for (let tries = 0; ; tries += 1) {
      try {
        return await ikomek.ask(`/words/${wanted}.json`);
      } catch (error) {
        if (error.status === NOT_FOUND) throw error;
      }
      await new Promise((done) => {
        setTimeout(done, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
      });
      if (!isWanted()) return null;
    }
  }

  function use(wanted, found) {
    catalogue = found;
    ikomek.language = language = wanted;
    rules = new Intl.PluralRules(wanted);
    document.documentElement.lang = document.documentElement.dataset.lang = wanted;
    document.dispatchEvent(new CustomEvent("ikomek:language"));
  }

  /* Resolves when `wanted` is spoken, or whatever was wished for after it. */
  ikomek.speak = function (wanted) {
    const mine = {},
      isWanted = () => newest === mine;
    newest = mine;
    awaitedAt = performance.now();
    mine.spoken = read(wanted, isWanted).then((found) => {
      if (!isWanted()) return newest.spoken;
      awaitedAt = null;
      use(wanted, found);
      return catalogue;
    });
    return mine.spoken;
  };
  ikomek.wordsAwaited = () => (awaitedAt === null ? 0 : performance.now() - awaitedAt);
  ikomek.language = language = document.documentElement.dataset.lang || "ru";
  rules = new Intl.PluralRules(language);
  ikomek.words = ikomek.speak(language);
})();
