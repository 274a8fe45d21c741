"""Files of precincts, read and written.

* `coordinates`: coordinates of a file of precincts
* `files`: files of precincts: read into the city's metric CRS, and written
"""
