"""The spatial truth: tables, versions and the commands that change them.

What lives here: one module a noun (`incidents`, `inquiries`, `buildings`, `districts`, `plans`, ...), each with its
SQLAlchemy models and, below them, the commands that write it. Beside the nouns: `settings` (the city and the addresses of
the servers, read once), `database` (connections by role), `errors` (one family of errors), `logs` (what a log may hold), `changes` (the transactional
outbox behind the live feed), `migrations`, and `work` (what is due by itself: jobs, retention, the daily backup).

CRS: geometry is kept in EPSG:4326 (x = longitude, y = latitude, degrees) for exchange, in EPSG:3857 (metres, Web Mercator) where
a tile clips it, and lengths, areas, snapping and topology are computed in the city's metric CRS (`City.metric_srid`).

Imports: `dashboard`, `layers` and `etl` import `geo`; `geo` imports none of them. Messages for people are never written here:
errors carry a code and parameters (`geo.errors`).

Read in this order: `settings`, `database`, `incidents`, `changes`.
"""
