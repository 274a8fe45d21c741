"""Early warning: that a line, a substation or a firm has failed is named from the first few reports, before
there are enough in one place to be grouped.

* `causes`: what may fail, which topics tell of it, how far it reaches: a file, checked by line
* `causes.toml`: those that the software comes with
* `look`: what the tables tell now, written down as warnings: how often, how long one stands
* `model`: the table of warnings
* `past`: what is expected where and when, from the weeks before
* `scan`: the space-time scan: which circle and which last minutes have most beyond that

Coordinates are those of the city's metric CRS, x = easting, y = northing, metres. Read in this order:
`causes`, `scan`, `past`, `look`.
"""
