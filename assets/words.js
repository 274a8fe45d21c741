/* window.ikomek.word(key, params): the page's language from /words/<language>.json. `ikomek.words` resolves once it is there.
   ikomek.speak(language) changes it without a reload: a wall speaks the language of its scene. */
(function () {
  const ikomek = (window.ikomek = window.ikomek || {});
  let language, rules;
  let catalogue = { plural: ["one", "other"], entries: {} };

  /* A key that no catalogue holds is shown as it is; so is a parameter that was not given. */
  ikomek.word = function (key, params) {
    let entry = catalogue.entries[key];
    if (entry === undefined) return key;
    if (Array.isArray(entry)) {
      const form = catalogue.plural.indexOf(rules.select(Math.abs(params.n)));
      entry = entry[form < 0 ? entry.length - 1 : form];
    }
    return params ? entry.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? params[name] : whole)) : entry;
  };

  const numbers = new Map();

  /* Thousands by a thin space and a decimal comma in Kazakh and Russian, by a comma and a point in English. */
  ikomek.number = function (value, digits) {
    const places = digits || 0;
    if (!numbers.has(places)) {
      numbers.set(places, new Intl.NumberFormat("en", { minimumFractionDigits: places, maximumFractionDigits: places }));
    }
    const said = numbers.get(places).format(value);
    return language === "en" ? said : said.replace(/[,.]/g, (mark) => (mark === "," ? "\u2009" : ","));
  };

  ikomek.speak = async function (wanted) {
    const answer = await fetch(`/words/${wanted}.json`);
    if (!answer.ok) throw new Error(`words: ${answer.status}`);
    catalogue = await answer.json();
    ikomek.language = language = wanted;
    rules = new Intl.PluralRules(wanted);
    document.documentElement.lang = document.documentElement.dataset.lang = wanted;
    document.dispatchEvent(new CustomEvent("ikomek:language"));
    return catalogue;
  };
  ikomek.language = language = document.documentElement.dataset.lang || "ru";
  rules = new Intl.PluralRules(language);
  ikomek.words = ikomek.speak(language);
})();
