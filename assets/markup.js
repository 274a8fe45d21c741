/* What no callback asks for, drawn by one component: `dashboard/markup.py` says what its data is.

   ikomek.Markup   the component by which Dash knows it (`ikomek` is its library) */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const CODE_IN = new Set(["href", "action", "formAction"]); // addresses that could hold a script

  /* A link within a page changes its address and no more; one to another page leads there, whose scripts
     begin with its document. */
  function follow(event) {
    const { pathname, href } = event.currentTarget;
    if (event.metaKey || event.shiftKey || event.altKey || event.ctrlKey) return;
    if (pathname !== location.pathname) return;
    event.preventDefault();
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  const harmless = (name, value) =>
    CODE_IN.has(name) && typeof value === "string" ? window.dash_clientside.clean_url(value) : value;

  function propsOf({ props, within }) {
    const { children, ...own } = props,
      clean = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, harmless(name, value)]));
    return within ? { ...clean, onClick: follow } : clean;
  }

  function draw(node, slots) {
    if (node === null || typeof node !== "object") return node;
    if ("slot" in node) return slots[node.slot];
    const inside = [node.props.children ?? []].flat().map((child) => draw(child, slots));
    return window.React.createElement(node.type, propsOf(node), ...inside);
  }

  ikomek.Markup = function ({ tree, children }) {
    const slots = [children].flat(); // one alone comes without its list
    return window.React.createElement(window.React.Fragment, null, ...tree.map((node) => draw(node, slots)));
  };
})();
