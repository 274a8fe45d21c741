"""The live path: the change feed, followed once a process and passed on to each client within its scope.

* `feed_rows`: rows of the change feed, from its stream or from its table
* `hub`: in each web process one reader of the change feed
* `routes`: GET /live: the change feed as server-sent events
* `snapshot`: the live set of incidents as one GeoJSON snapshot, rendered by PostgreSQL
* `stream`: what a stream of /live is made of
* `whereabouts`: where every live incident is, as the hub has told it

Read in this order: `routes`, `hub`, `stream`.
"""
