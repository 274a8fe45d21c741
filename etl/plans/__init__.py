"""Files of precincts, read and written.

* `coordinates`: what coordinates seem to be (degrees, another CRS, swapped, outside the city), or why refused
* `files`: formats, columns and kinds of a file of precincts, read and written
"""
