"""What a tile or a GeoJSON answer shows: one module a layer, and which version of the data it is.

A layer is a function from a request to a statement; it runs nothing itself (`layers.serve` does).

* `basemap`: the layer of the basemap: themes by zoom, names, simplification
* `buildings`: the layer of buildings: from which zoom, outlines or points
* `cache`: tiles in Redis: how long, one statement for all who ask at once, Redis away
* `conditions`: a selection (kinds, statuses, district ...) as SQL over incident
* `density`: the layer of density: zooms, cells, any choice of kinds, categories and days
* `districts`: the layer of districts in force
* `incidents`: the layer of single incidents: how many a tile at most
* `precincts`: the layer of precincts of the plan in force; which plan that is
* `projects`: the layer of projects of the city: when one is late
* `registry`: the list of layers: at which zooms a tile of each may be asked for, filters,
  what a scope narrows, how long browsers keep one
* `requests`: what a layer is given and answers; the box of a GeoJSON request, how many features
* `selection`: filters in an address of tiles read and checked
* `tile`: numbers of a tile, its box, its parents
* `versions`: the version in a tile's address: how fresh, and what makes all tiles new (a change of code)
"""
