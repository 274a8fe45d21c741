/* A new incident by hand: choose the place by a click on the map, or bring it to the middle and press Enter;
   then `actions.js` opens the form and sends it. Escape lets go of it. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MAP = "ikomek-map-duty",
    DIGITS = 6;
  const page = () => byId("duty");
  const picking = () => page()?.hasAttribute("data-picking");
  let mark = null;

  function start() {
    const handle = ikomek.maps?.get(MAP);
    if (!handle) return;
    ikomek.dutyArea.stop();
    page().dataset.pane = "map";
    page().toggleAttribute("data-picking", true);
    byId("duty-create-hint").hidden = false;
    handle.map.getContainer().focus();
  }

  function stop() {
    page()?.removeAttribute("data-picking");
    if (byId("duty-create-hint")) byId("duty-create-hint").hidden = true;
  }

  function unmark() {
    if (mark) mark.remove();
    mark = null;
  }

  /* `at`: {lat, lng}. */
  function take(at) {
    const { map } = ikomek.maps.get(MAP);
    stop();
    unmark();
    mark = window.L.marker(at, {
      icon: window.L.divIcon({ className: "duty-mark", iconSize: [34, 34] }),
      interactive: false,
      keyboard: false,
    }).addTo(map);
    ikomek.dutyActions.begin("create", {
      lon: Number(at.lng.toFixed(DIGITS)),
      lat: Number(at.lat.toFixed(DIGITS)),
    });
    offerAddress(at);
  }

  /* The address of the building there, while nobody has typed another; the form is whole without it. */
  function offerAddress(at) {
    const field = document.querySelector('#duty-dock [data-form="create"] [data-name="address"]'),
      here = mark;
    const fill = ({ address }) => {
      if (address && mark === here && !field.value) field.value = address;
    };
    ikomek.dutyBorders.at("building", at, fill, () => {});
  }

  /* Whether the click on the map was for a new incident. */
  function took(at) {
    if (!picking()) return false;
    take(at);
    return true;
  }

  /* Shows only the categories of the chosen kind, which of an incident that is there is its own. */
  function showCategories(form) {
    const kind = form.querySelector('[data-name="kind"]')?.value ?? ikomek.byId("duty-actions")?.dataset.kind,
      list = form.querySelector('[data-name="category"]');
    for (const option of list.options)
      option.hidden = option.disabled = Boolean(option.dataset.kind) && option.dataset.kind !== kind;
    if (list.selectedOptions[0]?.disabled)
      list.selectedIndex = [...list.options].findIndex((option) => !option.disabled);
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#duty-create")) return;
    if (picking()) stop();
    else start();
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.('#duty-dock [data-form="create"]');
    if (form && event.target.dataset.name === "kind") showCategories(form);
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (!page() || !picking()) return;
      if (event.key === "Escape") stop();
      else if (event.key === "Enter" && !event.target.closest("button, input"))
        take(ikomek.maps.get(MAP).map.getCenter());
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  ikomek.dutyCreate = { start, stop, took, unmark, showCategories };
})();
