/* A map of one district shows it whole, whatever its size on the screen. */
(function () {
  "use strict";
  const ikomek = window.ikomek,
    RETRY_MS = 5000;
  let reading = null;

  async function districts() {
    const { features } = await ikomek.ask("/layers/districts.geojson");
    return new Map(
      features
        .filter(({ geometry }) => geometry)
        .map(({ properties, geometry }) => [properties.key, boundsOf(geometry)]),
    );
  }
  /* [[south, west], [north, east]] */
  function boundsOf({ coordinates }) {
    const flat = coordinates.flat(Infinity),
      lon = flat.filter((_, i) => i % 2 === 0),
      lat = flat.filter((_, i) => i % 2 === 1);
    return [
      [Math.min(...lat), Math.min(...lon)],
      [Math.max(...lat), Math.max(...lon)],
    ];
  }

  document.addEventListener("ikomek:map-resized", ({ detail }) => {
    detail.handle.framed = null;
  });

  /* Frame every map of a district whose stage has another size than when it was framed. */
  ikomek.wall.frameDistricts = function () {
    for (const { kind, options, element } of ikomek.wall.state.panels) {
      if (kind !== "map" || !options.district) continue;
      const id = element.querySelector(".leaflet-container")?.id,
        handle = ikomek.maps.get(id),
        { clientWidth, clientHeight } = element.querySelector(".wall-stage"),
        size = `${clientWidth}x${clientHeight}`;
      if (!handle?.frame || !clientWidth || handle.framed === size) continue;
      handle.framed = size;
      (reading = reading || districts()).then(
        (bounds) => {
          if (bounds.has(options.district) && ikomek.maps.get(id) === handle)
            handle.frame(bounds.get(options.district));
        },
        () => {
          reading = null;
          setTimeout(() => {
            handle.framed = null;
          }, RETRY_MS);
        },
      );
    }
  };
})();
