"""Addresses as text: folded for matching, read from a line, and turned into points.

* `address_lines`: one line of an address taken apart: street and house, a crossing, or a street; city words
* `buildings`: the addresses of buildings by id, for a message of refusal
* `coordinates`: text read as coordinates: decimal, or degrees, minutes and seconds, in either order
* `folding`: a text folded for matching: case, Kazakh letters, look-alikes, the words for "street" and "house"
* `geocoding`: a point for an address: own building, neighbours, interpolation, crossing, street; its limits
* `house_numbers`: one key for every spelling of a house number, its natural order, the side of the street
* `line_notes`: flats, entrances, storeys, brackets: what is left out of a line before it is read
* `many_lines`: lines of a whole register: those that differ in a number alone are read once
* `name_index`: search of names with errors of typing: how alike is alike enough
* `names`: one key for all spellings of a name: alphabets, transliteration, case endings
* `street_directory`: the streets of a city under all their names, former ones from the city's file included
* `street_names`: a street's whole name as a key, its type included: an avenue is not the street of that name

Coordinates are EPSG:4326, lon, lat; distances are metres in the city's metric CRS. Read in this order:
`folding`, `names`, `geocoding`.
"""
