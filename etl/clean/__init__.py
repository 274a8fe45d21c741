"""Cleaning: whole columns of text become values, and each row that cannot be used gets its reason.

Each module turns a column into values and a mask of what was bad; none drops a row. Nothing here reads a file
or a database, and nothing goes row by row.

* `codes`: ids, house numbers and the like, which programs take for numbers or dates
* `coordinates`: what a source calls a place, as lon, lat (EPSG:4326) inside the city
* `faults`: why some rows of a chunk are rejected, and what was corrected in the others
* `formats`: times by a declared format
* `numbers`: numbers as people write them: 1 234,50 and 1,234.50 and 1234.5
* `spellings`: how people and programs write times
* `texts`: spaces and invisible characters tidied away, blank becomes null
* `times`: many spellings, a zone for those without an offset, and nothing impossible
* `words`: what a source calls a status, a priority, a category, turned into ours
"""
