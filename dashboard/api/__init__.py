"""Routes for programs and scripts: pushes, exports, decisions on geo-tags, plans, and what a monitor asks.

* `alarms`: POST of what people do with alarms: acknowledge, shelve, unshelve, clear
* `answers`: POST of an article saved, retired, used; of a question that found none
* `audit`: GET /api/v1/audit.csv: the rows of the page /audit as a file
* `building_tags`: POST of decisions on geo-tags, of new addresses, of a file of many tags
* `cap`: public alerts after CAP 1.2: the index as Atom, each message
* `desk`: POST of what inspectors, performers and operators do on /desk
* `exports`: GET /layers/export/incidents.<csv|xlsx|geojson|gpkg>: the rows of the map page's filter as a file
* `features`: OGC API Features for QGIS and GDAL, within the scope of a user
* `health`: GET /healthz, /readyz, /metrics
* `incidents`: the routes of the duty desk
* `ingest`: POST /api/v1/ingest/<feed>: which media types and keys a push may have; answers 202
* `metrics`: figures for Prometheus: their names, labels and buckets
* `open311`: Open311 GeoReport v2 for programs of others
* `plans`: the routes of the precinct studio
* `prevention`: POST of a preventive measure proposed, done, given up
* `rating`: POST of an indicator proposed to a manager and of an objection to a case, and of what another
  person decides
* `rating_papers`: GET /api/v1/rating/<month>.<pdf|csv>: what the protocol of a closed month says, row by row
  and below them; its table; POST of a closed month to be counted again
* `reports`: kept reports as PDF, links to them: which addresses are inside the network
* `shifts`: POST of what people do with hand-overs: notes, both signatures, amendments
* `voters`: GET /api/v1/voters/printed.pdf, /notices.pdf: on paper; POST /load: a file of the electoral list
* `statistics`: GET /api/v1/statistics/<card>.<csv|xlsx>?<address of the page>
* `year_notes`: POST of a note to a year
"""
