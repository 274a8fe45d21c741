"""Layers: reads, from PostGIS to the wire. Vector tiles, GeoJSON, figures and the live stream; nothing here
writes.

* `audit`: who did what: a filter, its rows, a file, how the chain stands
* `buildings`: geo-tags that wait for a decision, and what stands at a point of the map
* `executors`: threads by class of work, so that slow work of one class never makes another wait
* `feeds`: the feeds as the page /feeds and the push route read them
* `incidents`: the duty officer's map: filters, list, card, export
* `live`: /live, the change feed as server-sent events
* `panels`: the figures of the wall's panels
* `plans`: plans for the studio, their pictures and passports, and where an address votes
* `pools`: connections by class of work, so that a statement behind a lock never takes those of another class
* `readiness`: whether the servers behind the web process answer
* `reading`: one read of the database for a page: every statement sees the same moment, and none may run long
* `scope`: what a caller may see of the incidents
* `search`: one search box over the whole city
* `serve`: tiles and GeoJSON over HTTP
* `state`: what the routes of layers work with, opened once a process and kept at app.state.servers
* `statistics`: the figures of the page /statistics
* `tiles`: tiles and GeoJSON: the layers and the versions of their data
* `unanswered`: what a server behind us did not answer, in one error of ours, whichever driver, pool or clock
  tells

CRS: tiles are clipped in EPSG:3857 from columns kept in it; GeoJSON is EPSG:4326, longitude first. Bounding
boxes in addresses are EPSG:4326 west, south, east, north.

Imports: `layers` imports `geo`; `dashboard` imports `layers`; `etl` and `layers` do not know each other.
Every statement carries the region and the caller's scope.

Read in this order: `tiles.registry`, `serve`, `tiles.requests`, `tiles.density`.
"""
