"""The spatial truth: tables, versions and the commands that change them.

A room holds the models of one subject (SQLAlchemy) and, below them, the commands that write it. `plans.model`
holds a plan, `incidents.model` an incident, and so on.

* `accounts`: users, roles, sessions, tokens, failed attempts
* `addresses`: addresses as text: folded, read, turned into points
* `audit`: who did what: append-only, chained, signed
* `base`: the declarative base and the columns that several nouns share
* `changes`: the change feed: outbox, relay, roll-up
* `city`: districts, buildings, basemap, categories, performers, and the mode of the centre
* `crs`: between EPSG:4326 (lon, lat, degrees) and the city's metric CRS (x = easting, y = northing, metres)
* `database`: connections by role: the application never connects as the owner of a table
* `deadlines`: the city's calendar, and the regulatory clock of an incident
* `errors`: one family of errors
* `geo_tags`: decisions on the points of addresses
* `incidents`: incidents, inquiries, and what is counted of them
* `intake`: runs, rejected rows, deliveries, findings
* `loading`: how a batch of rows gets into the tables
* `logs`: logs that a stranger may read
* `migrations`: the steps by which the tables came to be
* `partitions`: the monthly partitions of change and incident_event
* `pictures`: pictures that people send, made anew
* `plans`: plans of precincts
* `ranges`: the values that a column or a coordinate can hold, as types
* `recovery`: backup and restore
* `settings`: settings, read once at the edge: Settings.load() in an entry point, then handed on
* `signals`: how a process is told to end
* `statistics`: what each figure is, and what is counted ahead of time
* `toml`: a TOML file that a person wrote, and where each key stands in it
* `voters`: the electoral list, sealed
* `wall`: what a wall shows out of turn
* `work`: what is due by itself: jobs, retention, the daily backup

CRS: geometry is kept in EPSG:4326 (x = longitude, y = latitude, degrees) for exchange, in EPSG:3857 (metres,
Web Mercator) where a tile clips it. Lengths, areas, snapping and topology are computed in the city's metric
CRS (`City.metric_srid`).

Imports: `dashboard`, `layers` and `etl` import `geo`; `geo` imports none of them. Messages for people are
never written here: errors carry a code and parameters.

Read in this order: `settings`, `database`, `incidents.model`, `changes.outbox`.
"""
