"""Layers: reads, from PostGIS to the wire. Vector tiles, GeoJSON, figures and the live stream; nothing here
writes.

* `alarms`: the page /alarms: active, shelved, journal; how many came in a shift, what a flood is
* `answers`: the page /answers: articles found while typing (how alike), one, its history, what waits for
  editors
* `audit`: the page /audit: filter, rows, logins, CSV, state of the chain
* `buildings`: the worklist of geo-tags, candidates for a tag, and what stands at a point of the map
* `desk`: the page /desk: queues of an inspector, the inbox of a performer, what a citizen is told
* `election_dates`: the days before the vote, what is still open before each: /voters and the walls
* `executors`: threads and queues by class of work: how many, how long one waits before "busy"
* `features`: OGC API Features: collections for QGIS and GDAL
* `feeds`: the page /feeds: states, runs, rejected rows and their reasons, findings
* `incidents`: the duty desk: filter, list, card, area, export
* `live`: /live: the change feed as server-sent events, the hub behind it, the live set as a snapshot
* `open311`: services and requests as programs of others read them
* `operations`: the page /operations: what the machine has measured, its servers, processes and screens
* `panels`: the figures of the wall's panels, floods, indicators
* `plans`: plans for the studio, their pictures and passports, and where an address votes (/vote)
* `pools`: asynchronous database connections by class of work: how many, time limits of statements
* `projects`: projects of the city: who answers, milestones, how late
* `rating`: months of managers and the cases behind their points, for /rating
* `readiness`: /readyz and metrics: are the servers there, how far behind are change feed and feeds
* `queues`: what waits between the parts of the system, and for how long
* `public_alerts`: messages of public alerts, for everybody
* `rates`: how often a program may ask in a minute, counted for all processes together
* `reading`: one read for a page: a snapshot with a time limit for its statements
* `scope`: which incidents and changes a caller may see: by kind and district of their role
* `search`: the search box of /map and /vote
* `serve`: the HTTP routes of tiles and GeoJSON: ETag, how long they may be kept
* `shifts`: the page /shift: what would be handed over now, what waits for a signature, what was kept
* `spreadsheets`: tables for Excel in the reader's language: CSV, and XLSX with typed cells, how many
  rows
* `state`: pools, Redis, caches opened once a process (app.state.servers)
* `statistics`: the cards of the page /statistics, and the rows behind a figure
* `tiles`: the layers of the map, their zooms, tile cache and versions of data
* `traffic`: what this process answered by class of route and minute: which classes there are
* `unanswered`: which failures of a server behind us are "unavailable, try again", and after how long

CRS: tiles are clipped in EPSG:3857 from columns kept in it; GeoJSON is EPSG:4326, longitude first. Bounding
boxes in addresses are EPSG:4326 west, south, east, north.

Imports: `layers` imports `geo`; `dashboard` imports `layers`; `etl` and `layers` do not know each other.
Every statement carries the region and the caller's scope.

Read in this order: `tiles.registry`, `serve`, `tiles.requests`, `tiles.density`.
"""
