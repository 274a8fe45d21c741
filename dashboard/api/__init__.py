"""Routes for programs and scripts: pushes, exports, decisions on geo-tags, plans, and what a monitor asks.

* `audit`: GET /api/v1/audit.csv?<filter>
* `building_tags`: decisions on geo-tags, one request each, and many at once from a file
* `exports`: GET /layers/export/incidents.<csv|geojson|gpkg>?<filter>
* `health`: what other programs ask: is it alive, is it ready, how is it doing
* `incidents`: what duty officers do with incidents
* `ingest`: push: POST /api/v1/ingest/<feed> puts a body into the inbox and answers 202
* `metrics`: figures for Prometheus: requests by the first part of their path
* `plans`: the routes of the precinct studio
"""
