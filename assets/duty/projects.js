/* Projects of the city on the map: a house-shaped mark each, amber where its next milestone is late; what it
   is, how far it is and by how much it is late in words.

   ikomek.showProjects(map, on): of a Leaflet map. `?project=KEY` in the address of the page shows them and
   goes to that one. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});
  const SIZE = 26,
    ZOOM = 15;
  const drawn = new WeakMap(); // map -> its layer

  function words(feature) {
    const { properties } = feature,
      lang = document.documentElement.dataset.lang,
      late = properties.late_days;
    const lines = [
      properties[`name_${lang}`],
      ikomek.word("projects.milestones", { count: properties.milestones }),
    ];
    if (late) lines.push(ikomek.word("projects.late", { n: late }));
    return lines;
  }

  function popup(feature) {
    const box = document.createElement("div"),
      [name, ...rest] = words(feature);
    const title = document.createElement("strong"),
      link = document.createElement("a");
    title.textContent = name;
    link.href = "/statistics?view=projects";
    link.textContent = ikomek.word("projects.open");
    const lines = rest.map((text) => {
      const line = document.createElement("div");
      line.textContent = text;
      return line;
    });
    box.append(title, ...lines, link);
    return box;
  }

  function mark(feature) {
    const [lon, lat] = feature.geometry.coordinates,
      late = feature.properties.late_days > 0;
    const icon = window.L.divIcon({
      className: late ? "project-mark is-late" : "project-mark",
      iconSize: [SIZE, SIZE],
    });
    const title = words(feature).join(" · ");
    return window.L.marker([lat, lon], { icon, title, alt: title }).bindPopup(() => popup(feature));
  }

  ikomek.showProjects = async function (map, on) {
    if (!on) {
      drawn.get(map)?.remove();
      drawn.delete(map);
      return;
    }
    if (drawn.has(map)) return;
    const layer = window.L.layerGroup().addTo(map);
    drawn.set(map, layer);
    const { features } = await ikomek.ask("/layers/projects.geojson");
    const marks = new Map(features.map((feature) => [feature.id, mark(feature).addTo(layer)]));
    const wanted = new URLSearchParams(location.search).get("project"),
      found = features.find((feature) => feature.id === wanted);
    if (!found) return;
    const [lon, lat] = found.geometry.coordinates;
    map.setView([lat, lon], ZOOM);
    marks.get(wanted).openPopup();
  };
})();
