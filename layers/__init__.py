"""Layers: reads, from PostGIS to the wire. Vector tiles, GeoJSON, figures and the live stream; nothing here writes.

What lives here, by what it serves:

* tiles and GeoJSON: `registry` (every layer, as data), one module a layer (`basemap`, `districts`, `buildings`, `precincts`, `incidents_tile`, `density`)
  that turns what is asked (`asked`, `tile`, `selection`) into a statement, `serve` (the routes that run it), `cache` and `versions` (Redis, single
  flight, which version of the data a tile shows);
* the live path: `live` and `hub` (the feed, followed), `stream` (what a client gets), `whereabouts` (what leaves a scope), `snapshot` (what it starts from), `scope` (what a caller may see);
* pages: `panels` (the wall's figures; `panel_incidents`, `panel_floods`, `panel_inquiries`, `panel_indicators`, `panel_electoral`), `filters`,
  `incidents`, `incident_card`, `search`, `places`, `points`, `export` (the duty officer's map), `feeds`,
  `readiness`, all read through `reading`;
* `state`: what all of them use, `pools` of connections and `executors` of threads by class of work.

CRS: tiles are clipped in EPSG:3857 from columns kept in it; GeoJSON is EPSG:4326, longitude first. Bounding boxes in addresses are EPSG:4326
west, south, east, north.

Imports: `layers` imports `geo`; `dashboard` imports `layers`; `etl` and `layers` do not know each other. Every statement carries the region and the
caller's scope.

Read in this order: `registry`, `serve`, `asked`, `density`.
"""
