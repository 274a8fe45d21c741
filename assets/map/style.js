/* The map's style: what is drawn in which order, how wide and in which ink, by zoom. Widths in CSS pixels
   at a desk. */
(function () {
  "use strict";
  const ikomek = (window.ikomek = window.ikomek || {});

  const FAMILY = '"Noto Sans Variable", "Noto Sans", sans-serif';
  const STOPS = [9, 11, 12, 13, 14, 15, 16, 18, 20];
  const WIDTHS = {
    motorway: [1.2, 2.0, 3.0, 4.4, 5.6, 7.5, 10, 22, 44],
    trunk: [1.0, 1.8, 2.8, 4.2, 5.4, 7.2, 9.5, 21, 42],
    primary: [0.8, 1.6, 2.6, 3.9, 5.0, 6.8, 9, 20, 40],
    secondary: [0.4, 1.0, 1.7, 2.7, 3.8, 5.4, 7.5, 17, 34],
    tertiary: [0, 0.6, 1.2, 2.0, 2.9, 4.4, 6.5, 15, 30],
    residential: [0, 0.3, 0.8, 1.4, 2.0, 3.2, 5, 12, 25],
    service: [0, 0, 0, 0.7, 1.1, 1.8, 2.8, 7, 15],
    path: [0, 0, 0, 0, 0.7, 1.0, 1.3, 2.2, 3],
  };
  const ORDER = ["path", "service", "residential", "tertiary", "secondary", "primary", "trunk", "motorway"];
  const INKS = {
    motorway: "map-motorway",
    trunk: "map-motorway",
    primary: "map-primary",
    secondary: "map-secondary",
    tertiary: "map-tertiary",
    residential: "map-street",
    service: "map-street",
    path: "map-path",
  };
  const ALIASES = {
    unclassified: "residential",
    living_street: "residential",
    pedestrian: "path",
    footway: "path",
    cycleway: "path",
    track: "service",
  };
  /* The first rules of the labels name districts and places. */
  const PLACES = 2;
  const roadClass = (feature) =>
    ALIASES[feature.props.class] || String(feature.props.class || "residential").replace(/_link$/, "");
  const known = (feature) => (WIDTHS[roadClass(feature)] ? roadClass(feature) : "residential");

  function width(name, zoom) {
    const table = WIDTHS[name];
    if (zoom <= STOPS[0]) return table[0];
    for (let i = 1; i < STOPS.length; i++) {
      if (zoom <= STOPS[i])
        return table[i - 1] + ((table[i] - table[i - 1]) * (zoom - STOPS[i - 1])) / (STOPS[i] - STOPS[i - 1]);
    }
    return table[table.length - 1];
  }

  /* Rules for the renderer `p`. `scale`, `nameProps`, `on` and the marks as in map/basemap.js;
     `sparse()`: whether districts alone are named now. */
  ikomek.mapStyle = function (
    p,
    { scale, smallest, nameProps, on, focus, cap, warn, places = true, sparse },
  ) {
    const at = (z) => z - Math.log2(scale);
    const ink = (name) => () => ikomek.symbols.ink(name);
    const font = (weight, size) => (z) =>
      `${weight} ${Math.round(Math.max(smallest, size(at(z)) * scale))}px ${FAMILY}`;
    const style = { at, ink, font, scale, nameProps, on, p, focus, cap, warn, places };
    return {
      paint: land(style).concat(load(style), roads(style), buildings(style), borders(style), dimmed(style)),
      labels: labels(style).map((rule, i) => (i ? unless(sparse, rule) : rule)),
      places: PLACES,
    };
  };

  /* A rule that draws nothing while `sparse()`. */
  const unless = (sparse, rule) => ({
    ...rule,
    filter: (z, f) => !sparse() && (!rule.filter || rule.filter(z, f)),
  });
  const line = ({ p, scale, at, ink }, source, layer, colour, widthAt, more) => ({
    dataSource: source,
    dataLayer: layer,
    filter: more.filter,
    minzoom: more.minzoom,
    symbolizer: new p.LineSymbolizer({
      color: ink(colour),
      width: (z) => widthAt(at(z)) * scale,
      dash: more.dash?.map((d) => d * scale),
      lineCap: more.dash ? "butt" : "round",
      lineJoin: "round",
      opacity: more.opacity ?? 1,
    }),
  });

  function land(style) {
    const { p, ink } = style;
    const fill = (layer, colour) => ({
      dataSource: "basemap",
      dataLayer: layer,
      filter: (_z, f) => f.geomType === 3,
      symbolizer: new p.PolygonSymbolizer({ fill: ink(colour) }),
    });
    const shore = (z) => (z < 13 ? 0.8 : 1.3);
    const stream = (z) => (z < 11 ? 1.2 : z < 13 ? 2 : z < 15 ? 3 : 5);
    return [
      fill("green", "map-green"),
      fill("water", "map-water"),
      line(style, "basemap", "water", "map-water-line", shore, { filter: (_z, f) => f.geomType === 3 }),
      line(style, "basemap", "water", "map-water-line", stream, { filter: (_z, f) => f.geomType === 2 }),
    ];
  }

  function roads(style) {
    const rules = [];
    for (const name of ORDER) {
      const filter = (z, f) => f.geomType === 2 && known(f) === name && width(name, style.at(z)) > 0;
      if (name === "path" || name === "service") continue;
      const cased = (z) => (width(name, z) >= 2.6 ? width(name, z) + (z < 15 ? 2 : 2.6) : 0);
      rules.push(
        line(style, "basemap", "roads", "map-casing", cased, {
          filter: (z, f) => filter(z, f) && cased(style.at(z)) > 0,
        }),
      );
    }
    for (const name of ORDER) {
      const filter = (z, f) => f.geomType === 2 && known(f) === name && width(name, style.at(z)) > 0;
      rules.push(
        line(style, "basemap", "roads", INKS[name], (z) => width(name, z), {
          filter,
          dash: name === "path" ? [3, 3] : undefined,
        }),
      );
    }
    rules.push(line(style, "basemap", "rail", "map-rail", (z) => (z < 13 ? 1 : 1.8), {}));
    rules.push(
      line(style, "basemap", "rail", "map", (z) => (z < 14 ? 0 : 1), {
        filter: (z) => style.at(z) >= 14,
        dash: [6, 6],
      }),
    );
    rules.push(
      line(style, "basemap", "borders", "map-rail", (z) => (z < 13 ? 1 : 1.6), { dash: [9, 4, 2, 4] }),
    );
    return rules;
  }

  /* How full a precinct is: 0 to 3 below the cap, 4 above it. */
  ikomek.loadStep = (voters, cap, warn) =>
    voters > cap ? 4 : voters >= warn * cap ? 3 : voters >= 0.75 * cap ? 2 : voters >= 0.5 * cap ? 1 : 0;
  function load({ p, ink, on, scale, cap, warn }) {
    return cap
      ? [0, 1, 2, 3, 4].map((step) => ({
          dataSource: "precincts",
          dataLayer: "precincts",
          filter: (_z, f) =>
            on.has("precincts") && f.geomType === 3 && ikomek.loadStep(f.props.voters, cap, warn) === step,
          symbolizer: step < 4 ? new p.PolygonSymbolizer({ fill: ink(`load-${step}`) }) : hatched(p, scale),
        }))
      : [];
  }
  /* Over the cap: hatched, so that a large precinct does not outshine what is urgent. */
  function hatched(p, scale) {
    const symbolizer = new p.PolygonSymbolizer({});
    Object.defineProperty(symbolizer, "pattern", { get: () => hatch(Math.round(9 * scale)) });
    return symbolizer;
  }
  function hatch(side) {
    const canvas = document.createElement("canvas"),
      ctx = canvas.getContext("2d");
    canvas.width = canvas.height = side;
    ctx.fillStyle = ikomek.symbols.ink("load-3");
    ctx.fillRect(0, 0, side, side);
    ctx.strokeStyle = ikomek.symbols.ink("urgent");
    ctx.lineWidth = side / 5;
    ctx.beginPath();
    for (const shift of [-side, 0, side]) {
      ctx.moveTo(shift - 1, side + 1);
      ctx.lineTo(shift + side + 1, -1);
    }
    ctx.stroke();
    return canvas;
  }
  /* Every district but the one in focus lies in the shade. */
  function dimmed({ p, ink, on, focus }) {
    return focus
      ? [
          {
            dataSource: "districts",
            dataLayer: "districts",
            filter: (_z, f) => on.has("districts") && f.geomType === 3 && f.props.key !== focus,
            symbolizer: new p.PolygonSymbolizer({ fill: ink("ground"), opacity: 0.55 }),
          },
        ]
      : [];
  }

  function buildings({ p, ink, scale, at, on }) {
    const shown = (z) => on.has("buildings") && at(z) >= 15;
    return [
      {
        dataSource: "buildings",
        dataLayer: "buildings",
        filter: (z, f) => shown(z) && f.geomType === 3,
        symbolizer: new p.PolygonSymbolizer({
          fill: ink("map-building"),
          stroke: ink("map-building-line"),
          width: () => scale,
          perFeature: true,
        }),
      },
      {
        dataSource: "buildings",
        dataLayer: "buildings",
        filter: (z, f) => shown(z) && f.geomType === 1,
        symbolizer: new p.CircleSymbolizer({
          radius: (z) => (at(z) < 16 ? 2 : 3) * scale,
          fill: ink("map-building-line"),
        }),
      },
    ];
  }

  function borders(style) {
    const { on } = style;
    const polygons = (name) => (_z, f) => on.has(name) && f.geomType !== 1;
    return [
      line(style, "precincts", "precincts", "map-precinct", (z) => (z < 14 ? 1 : 1.6), {
        filter: polygons("precincts"),
        opacity: style.cap ? 0.45 : 1,
      }),
      line(style, "districts", "districts", "map-district", (z) => (z < 12 ? 1.4 : 2), {
        filter: polygons("districts"),
        dash: [9, 5],
        opacity: 0.85,
      }),
    ];
  }

  /* Districts have labels of their own, from their polygons; the city's name is for those who see its
     surroundings; neighbourhoods wait until symbols leave them room. */
  const isTownShown = (name, zoom) =>
    name !== "district" && (name !== "city" || zoom < 11) && (name !== "neighbourhood" || zoom >= 14);

  /* The same thing (by `key`) is not named twice within `distance`, CSS pixels. */
  const spaced = (distance, key, symbolizer) => ({
    place(layout, geom, feature) {
      const labels = symbolizer.place(layout, geom, feature);
      for (const label of labels || [])
        Object.assign(label, {
          deduplicationKey: String(feature.props[key]),
          deduplicationDistance: distance,
        });
      return labels;
    },
  });

  function labels(style) {
    const { p, ink, font, scale, nameProps, on, at, places } = style;
    const halo = { stroke: ink("map-halo"), width: 2.4 * scale };
    const text = (more) =>
      new p.CenteredTextSymbolizer({ labelProps: nameProps, ...halo, lineHeight: 1.25, ...more });
    const street = (classes, from, size) => ({
      dataSource: "names",
      dataLayer: "roads",
      filter: (z, f) => at(z) >= from && classes.includes(known(f)),
      symbolizer: new p.LineLabelSymbolizer({
        labelProps: nameProps,
        fill: ink("map-label-street"),
        stroke: ink("map-halo"),
        width: 4.5 * scale,
        font: font(400, size),
        position: p.LineLabelPlacement.Center,
        repeatDistance: () => 620 * scale,
        maxLabelChars: 44,
      }),
    });
    return [
      {
        dataSource: "district_names",
        dataLayer: "district_names",
        filter: (z) => on.has("districts") && at(z) >= 10 && at(z) < (places ? 16 : 13),
        symbolizer: spaced(
          900 * scale,
          "key",
          text({
            font: font(600, (z) => (z < 12 ? 13 : 15)),
            fill: ink("map-label-district"),
            textTransform: "uppercase",
            letterSpacing: 2 * scale,
            maxLineChars: 22,
          }),
        ),
      },
      {
        dataSource: "names",
        dataLayer: "places",
        filter: (z, f) => places && f.geomType === 1 && isTownShown(f.props.class, at(z)),
        symbolizer: text({
          font: font(400, (z) => (z < 13 ? 12 : 14)),
          fill: ink("map-label"),
          maxLineChars: 16,
        }),
      },
      street(["motorway", "trunk", "primary"], 12, (z) => (z < 14 ? 12 : 14)),
      street(["secondary"], 13, (z) => (z < 15 ? 12 : 13)),
      {
        dataSource: "names",
        dataLayer: "water",
        filter: (z, f) => f.geomType === 2 && at(z) >= 11,
        symbolizer: new p.LineLabelSymbolizer({
          labelProps: nameProps,
          fill: ink("map-label-water"),
          stroke: ink("map-halo"),
          width: 4 * scale,
          font: font("italic 500", () => 13),
          position: p.LineLabelPlacement.Center,
          repeatDistance: () => 900 * scale,
        }),
      },
      street(["tertiary"], 14, () => 12),
      street(["residential"], 15, () => 12),
      {
        dataSource: "precincts",
        dataLayer: "precinct_labels",
        filter: (z) => on.has("precincts") && at(z) >= 13,
        symbolizer: text({ labelProps: ["number"], font: font(600, () => 13), fill: ink("map-label") }),
      },
      {
        dataSource: "buildings",
        dataLayer: "buildings",
        filter: (z) => on.has("buildings") && at(z) >= 17,
        // A house that two tiles share is numbered once.
        symbolizer: spaced(
          400 * scale,
          "id",
          text({ labelProps: ["house"], font: font(500, () => 11), fill: ink("map-label-street") }),
        ),
      },
    ];
  }
})();
