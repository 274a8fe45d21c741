/* The address of /map: what it asks of the list, and whose card is open. Whoever changes something of it
   leaves the rest as it is.

   ikomek.dutyAddress   PATH; asks(search); go(href); withIncident(id or null);
                        withEvent(id); askDates(from, to);
                        refined(link, answered); narrowed(name, values)
   ikomek.dutyOpen(id), ikomek.dutyAsk(name, value)   for the other scripts of the page */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const PATH = "/map",
    CARDS = ["incident", "event"],
    VIEW = ["at", "layers"],
    /* Names that ask nothing of the list: whose card is open, what the map looks at (duty/view.js). */
    BESIDE = [...CARDS, ...VIEW, "project"];

  /* Another question leaves the map as it is, unless the link says where it looks. */
  function go(href) {
    const wanted = new URL(href, location.href);
    if (wanted.pathname === PATH && location.pathname === PATH) keepView(wanted);
    if (wanted.pathname + wanted.search === location.pathname + location.search) return;
    history.pushState({}, "", wanted.pathname + wanted.search);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function keepView(wanted) {
    const now = new URLSearchParams(location.search);
    if (VIEW.some((name) => wanted.searchParams.has(name))) return;
    for (const name of VIEW) if (now.has(name)) wanted.searchParams.set(name, now.get(name));
    wanted.search = wanted.search.replace(/%2C/g, ",");
  }

  function hrefOf(query) {
    const search = query.toString().replace(/%2C/g, ",");
    return search ? `${PATH}?${search}` : PATH;
  }

  function askDates(from, to) {
    const query = new URLSearchParams(location.search);
    for (const name of ["window", "from", "to", "page", "incident", "event"]) query.delete(name);
    query.set("window", "dates");
    if (from) query.set("from", from);
    if (to) query.set("to", to);
    go(hrefOf(query));
  }

  function withIncident(id) {
    return withCard("incident", id);
  }
  const withEvent = (id) => withCard("event", id);

  /* One card is open at a time: `id` null = none. */
  function withCard(name, id) {
    const query = new URLSearchParams(location.search);
    for (const card of CARDS) query.delete(card);
    if (id != null) query.set(name, id);
    return hrefOf(query);
  }

  /* What a link of the filters changes, in the address as it is now: the link was drawn for the list that
     was `answered` last, and others may have been pressed since. A facet's values come and go one by one. */
  function refined(link, answered) {
    const drawn = new URLSearchParams(answered),
      wanted = new URL(link.getAttribute("href"), location.href).searchParams,
      query = new URLSearchParams(location.search),
      facet = link.closest("[data-facet]")?.dataset.facet,
      values = (of, name) => (of.get(name) || "").split(",").filter(Boolean);
    for (const name of new Set([...drawn.keys(), ...wanted.keys()])) {
      if (BESIDE.includes(name) || drawn.get(name) === wanted.get(name)) continue;
      const before = values(drawn, name),
        after = values(wanted, name),
        now = name === facet ? values(query, name) : before;
      const stay = now.filter((one) => after.includes(one) || !before.includes(one)),
        come = after.filter((one) => !before.includes(one));
      const value = [...new Set([...stay, ...come])].join(",");
      if (value) query.set(name, value);
      else query.delete(name);
    }
    return hrefOf(query);
  }

  /* The address in which the filter `name` has more values, from the first page on: "category", "4,7". */
  function narrowed(name, values) {
    const query = new URLSearchParams(location.search),
      chosen = (query.get(name) || "").split(",").filter(Boolean);
    for (const other of ["page", ...CARDS]) query.delete(other);
    query.set(name, [...new Set([...chosen, ...values.split(",")])].join(","));
    return hrefOf(query);
  }

  /* What a query asks of the list, whatever its order, as a text. */
  const asks = (search) =>
    JSON.stringify(
      [...new Map(new URLSearchParams(search))]
        .filter(([name, value]) => !BESIDE.includes(name) && value)
        .sort(),
    );

  ikomek.dutyOpen = (id) => go(withIncident(id));
  /* Another value of one name of the filter, from the first page on. */
  ikomek.dutyAsk = (name, value) => {
    const query = new URLSearchParams(location.search);
    for (const other of ["page", ...CARDS]) query.delete(other);
    query.set(name, value);
    go(hrefOf(query));
  };

  ikomek.dutyAddress = { PATH, BESIDE, asks, go, withIncident, withEvent, askDates, refined, narrowed };
})();
