"""Addresses as text: folded for matching, read from a line, and turned into points.

* `address_lines`: an address line as people write it, read as what it asks for
* `buildings`: buildings as a refusal names them
* `coordinates`: coordinates as people write them
* `folding`: addresses folded for matching
* `geocoding`: addresses become points without a network, from our own buildings, streets and crossings
* `house_numbers`: house numbers as a legal text and a register mean them
* `line_notes`: what people write around an address, left out
* `name_index`: names found however they are written
* `names`: names of streets and districts as keys
* `street_directory`: the streets of a city by every name they have
* `street_names`: a street's whole name as a key

Coordinates are EPSG:4326, lon, lat; distances are metres in the city's metric CRS. Read in this order:
`folding`, `names`, `geocoding`.
"""
