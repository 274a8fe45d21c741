"""What a tile or a GeoJSON answer shows: one module a layer, and which version of the data it is.

A layer is a function from a request to a statement; it runs nothing itself (`layers.serve` does).

* `basemap`: the basemap: green, water, rail, roads by class, administrative borders, places
* `buildings`: the outline where it is known and large enough to see (from z15)
* `cache`: tiles in Redis, and one flight a tile
* `conditions`: a selection as a condition on rows of incident
* `density`: density of incidents: how many in each sub-cell of a tile, for any choice of kinds
* `districts`: districts in force: polygons with their names
* `incidents`: single incidents in a tile, for a selection narrow enough to draw one by one
* `precincts`: precincts of the plan in force
* `registry`: the layers, as data
* `requests`: what a layer is asked, and the statement it answers with
* `selection`: what a tile or a GeoJSON answer is asked to show
* `tile`: a tile's address: web-mercator numbers (EPSG:3857, y down from the north-west corner)
* `versions`: which version of the data a tile shows, known without asking the database for each tile
"""
