/* Elements of the page, found, made and filled by scripts.

   ikomek.byId(id)                             the element, or null
   ikomek.node(tag, attributes, ...children)   `text` is its text, `click` what a click calls, all else an
                                               attribute; what is null or false is left out, `true` has
                                               no value
   ikomek.make(tag, name, ...children)         the same for those that need a class and no more
   ikomek.put(element, text, name)             its text and, if given, its class, set only where they differ:
                                               nothing on the page is touched while nothing changes
   ikomek.whenDrawn(path, id, drawn, {...})    what a page's script does with a part that the server draws
   ikomek.notify(element, text, kind, ms)      what was done ("done") or not ("refused"), said in it for a
                                               while */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const LOOK_MS = 50;

  ikomek.byId = (id) => document.getElementById(id);

  ikomek.node = function (tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value == null || value === false) continue;
      if (name === "text") element.textContent = value;
      else if (name === "click") element.addEventListener("click", value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter(Boolean));
    return element;
  };

  ikomek.make = function (tag, name, ...children) {
    const element = ikomek.node(tag, { class: name || null });
    element.append(...children.filter((child) => child != null));
    return element;
  };

  ikomek.put = function (element, text, name) {
    if (!element) return;
    if (element.textContent !== text) element.textContent = text;
    if (name !== undefined && element.className !== name) element.className = name;
  };

  /* On the page at `path`: `drawn` is called once the element `id` is there and after each change below it
     (of `attributes` too), `after` once, after the first. */
  ikomek.whenDrawn = function (path, id, drawn, { attributes, after = () => {} } = {}) {
    const changes = { childList: true, subtree: true };
    if (attributes) changes.attributeFilter = attributes;
    function watch() {
      const element = ikomek.byId(id);
      if (!element) {
        setTimeout(watch, LOOK_MS);
        return;
      }
      new MutationObserver(drawn).observe(element, changes);
      drawn();
      after();
    }
    document.addEventListener("DOMContentLoaded", () => {
      if (location.pathname === path) ikomek.words.then(watch);
    });
  };

  ikomek.notify = function (element, text, kind, ms) {
    element.textContent = text;
    element.dataset.kind = kind;
    clearTimeout(element.timer);
    element.timer = setTimeout(() => {
      element.textContent = "";
    }, ms);
  };
})();
