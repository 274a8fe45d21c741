/* The page /voters: precincts coloured by how their list changes. A precinct that is pointed at says so; one
   that is clicked leads to its row in the table. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const { byId } = ikomek;
  const MAP = "ikomek-map-voters",
    SEEN_MS = 60000;
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const answers = (dash.ikomek = dash.ikomek || {});
  const newest = ikomek.latest();
  let classes = {},
    drawn = null,
    masking = 0,
    covering = 0;

  answers.votersColour = function (next) {
    classes = next || {};
    draw();
    return "";
  };

  function draw() {
    const handle = ikomek.maps?.get(MAP);
    if (!handle || !byId("voters")) return;
    newest.ask(
      (signal) => ikomek.ask("/layers/precincts.geojson", { signal }),
      (found) => show(handle, found.features),
    );
  }

  function show(handle, features) {
    drawn?.remove();
    drawn = window.L.geoJSON(
      features.filter(({ id, geometry }) => geometry && classes[id]),
      {
        style: ({ id }) => ({ className: `voters-precinct voters-is-${classes[id].class}` }),
        onEachFeature: (feature, layer) => {
          const line = ikomek.make("span", "", classes[feature.id].text);
          layer.bindTooltip(line, { sticky: true, className: "voters-tip" });
          layer.on("click", () => select(feature.id));
        },
      },
    ).addTo(handle.map);
    const bounds = drawn.getBounds(); // of nothing where no list says anything of a precinct
    if (bounds.isValid()) handle.map.fitBounds(bounds, { animate: false });
  }

  /* The rows are drawn anew with each answer, so that a mark on one of them lasts until then. */
  function select(id) {
    const row = document.querySelector(`.voters-table tr[data-precinct="${id}"]`);
    for (const other of document.querySelectorAll(".voters-chosen")) other.classList.remove("voters-chosen");
    row?.classList.add("voters-chosen");
    row?.scrollIntoView({ block: "nearest" });
  }

  /* What was seen of a person goes by itself. */
  answers.votersMask = function (seen) {
    clearTimeout(masking);
    if (seen) masking = setTimeout(() => dash.set_props("voters-person", { children: null }), SEEN_MS);
    return "";
  };

  /* Nor do those of a house stay, or those without one. */
  answers.votersCover = function () {
    clearTimeout(covering); // they are drawn after this
    covering = setTimeout(() => {
      for (const id of ["voters-changed", "voters-nowhere"]) {
        if (byId(id)) dash.set_props(id, { children: null });
      }
    }, SEEN_MS);
    return "";
  };

  /* One key a decision: each button and link of the worklist says its own; J is the next one too. */
  document.addEventListener("keydown", (event) => {
    const pressed = byId("voters-unsure") && ikomek.pressed(event);
    if (!pressed || event.target.closest(".voters-map")) return;
    const key = pressed === "j" ? "s" : pressed;
    const own = /^[0-9a-z]$/.test(key) && document.querySelector(`#voters-unsure [data-key="${key}"]`);
    if (!own || (key !== "u" && !ikomek.isSeen("voters-desk"))) return;
    event.preventDefault();
    (own.querySelector("a") || own).click();
  });

  document.addEventListener("ikomek:map", ({ detail }) => {
    if (detail.id !== MAP) return;
    drawn = null;
    draw();
  });
})();
