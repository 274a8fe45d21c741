"""The live path: the change feed, followed once a process and passed on to each client within its scope.

* `cut`: titles as a wall shows them, without what leads to a person
* `feed_rows`: rows of the change feed between two positions, from Redis or from the table
* `hub`: one reader of the change feed in each web process, and the tick (heartbeat) every 5 s; catching up
* `routes`: GET /live: opening a stream, its cursor, how long it lives
* `snapshot`: the live set as GeoJSON with its cursor, for how long one is shared
* `stream`: one client: its queue (how long before it is let go), events, what its scope sees
* `whereabouts`: district and kind of every live incident, for clients whose scope one has left

Read in this order: `routes`, `hub`, `stream`.
"""
