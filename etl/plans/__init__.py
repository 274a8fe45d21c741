"""Files of precincts, read and written.

* `coordinates`: what coordinates seem to be (degrees, another CRS, swapped, outside the city), or why refused
* `files`: formats and geometry of a file of precincts, read and written
* `rows`: its columns and kinds: what a row says of its precinct, its station, its voters
"""
