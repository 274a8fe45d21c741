"""What returns: places where more is reported than chance explains, whether they grow or fade, how likely the
next report is near a first one, and what was done to prevent it, with its effect.

* `effect`: what a measure changed, against comparable places
* `hotspots`: places with more than their residents explain; cells that lie among such cells
* `model`: the table of preventive measures
* `near_repeat`: how much more often than by chance a report follows another near by
* `prevention`: measures: proposed, done, given up

Coordinates are those of the city's metric CRS, x = easting, y = northing, metres. Read in this order:
`hotspots`, `near_repeat`, `prevention`, `effect`.
"""
