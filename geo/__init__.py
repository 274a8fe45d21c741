"""The spatial truth: tables, versions and the commands that change them.

A room holds the models of one subject (SQLAlchemy) and, below them, the commands that write it. `plans.model`
holds a plan, `incidents.model` an incident, and so on.

* `accounts`: users, roles, sessions, tokens, and failed sign-ins with the wait they cost
* `addresses`: addresses as text: folded, read, turned into points (geocoding)
* `alarms`: what needs an answer: raised by rules, acknowledged, shelved, cleared by people
* `answers`: articles for operators, by topic, in three languages; the questions that found none
* `audit`: who did what: append-only, chained, signed
* `base`: the declarative base, names of constraints, and the columns that several tables share
* `changes`: the change feed: outbox, relay to Redis, roll-up of what is counted ahead
* `city`: tables of districts, buildings, basemap, categories, performers; the mode (normal, drill, hotline)
* `city_file`: the tables of a city's file, each value checked, a mistake told with its line and key
* `city_texts`: what people see of a city's file, in each language
* `crs`: between EPSG:4326 (lon, lat, degrees) and the city's metric CRS (x = easting, y = northing, metres)
* `database`: connections by role, a command in one transaction, and which errors mean away, busy, full
* `desk`: the three levels at work: checks, a performer's own cases, messages to citizens and their marks
* `deadlines`: working days and hours, and the regulatory clock of an incident with its warnings
* `early_warning`: what has failed, named from its first reports: space-time scan, likely causes
* `election_law`: what the law says of precincts and of the days before a vote, from which day on
* `encodings`: in which encoding a table of text is written: code pages, frequencies of letters, mixed rows
* `errors`: the family of errors (a code and parameters) and the HTTP status of each
* `escalation`: the steps by rules to the duty centre, the akimat, the deputy akim, and what is told of them
* `exchange`: programs of others: their API keys, what they send
* `foreign_json`: JSON that others wrote, also where it is nested deeper than Python reads
* `formulas`: texts of a CSV that a spreadsheet would run: which, and how they are kept from it
* `gdal`: GDAL with the drivers of the formats that are read and written here, and no others
* `geo_tags`: the commands that set, confirm and undo the point of an address
* `incidents`: incidents, inquiries, what officers do with them, and what is counted of them
* `intake`: tables of runs, rejected rows, deliveries, findings, pushed bodies; rows sent again by a person
* `loading`: how a batch of rows gets into the tables, entity by entity, and a run into the ledger
* `logs`: the log of every process: its form, and what is kept out of it (tokens, rows, parameters)
* `migrations`: Alembic's migrations, and the rights of each role on each table
* `monitoring`: what the machine measures of itself: disks, memory, replication, certificate, backups
* `outage`: the line that a process logs when the database takes nothing, and the one when it does again
* `partitions`: the monthly partitions of change and incident_event: months ahead, months kept
* `pictures`: pictures that people send, checked and encoded anew
* `plans`: plans of precincts: borders, stations, checks, life of a plan, legal text
* `privacy`: the register of personal data, and what a breach let somebody see
* `process`: the entry point of a process: signals caught before its code is imported
* `projects`: projects of the city: the project office's file, milestones, plan and fact
* `ranges`: the largest id, the bounds of a coordinate, as types for the body of a route
* `rating`: the rating of managers: strategy, cases, scores, closed months
* `recovery`: backup and restore inside the database; what a restored copy must not bring back
* `recurrence`: what returns: hot spots, near repeats, preventive measures and their effect
* `reports`: reports kept, when each is due, mails and links of them
* `rule_file`: a file of rules in a running city: read anew when it changes, the last good ones while wrong
* `settings`: the city's file (rules for precincts, time zone, retention) and the environment's variables
* `shifts`: the hand-over of a shift: what it tells, its two signatures, what is added later
* `signals`: how a process is told to end
* `staffing`: how many operators an hour takes (Erlang), and the roster
* `statistics`: the definition of each figure, and what is counted ahead of time
* `contacts`: telephones, addresses of mail and IINs cut out of what strangers read
* `storable`: texts and parameters of errors as PostgreSQL can hold them (NUL, half a surrogate pair)
* `toml`: a TOML file that a person wrote, and where each key stands in it
* `toml_values`: what a value of such a file can be: numbers, names of a list, addresses
* `traces`: spans of OpenTelemetry, where a collector is named: what they may hold
* `voters`: the electoral list: imported, checked, encrypted, approved
* `wall`: holds of an operator, turns of critical incidents, silence of tones: their tables and durations
* `work`: what is done without anybody asking: jobs by the clock, outboxes, retention (purging), the daily
  backup
* `written_text`: the text of a file that a person wrote, and what is said where it is no UTF-8

CRS: geometry is kept in EPSG:4326 (x = longitude, y = latitude, degrees) for exchange, in EPSG:3857 (metres,
Web Mercator) where a tile clips it. Lengths, areas, snapping and topology are computed in the city's metric
CRS (`City.metric_srid`).

Imports: `dashboard`, `layers` and `etl` import `geo`; `geo` imports none of them. Messages for people are
never written here: errors carry a code and parameters.

Read in this order: `settings`, `database`, `incidents.model`, `changes.outbox`.
"""
