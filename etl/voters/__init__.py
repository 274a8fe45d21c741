"""Files of the electoral list, read for `geo.voters`.

* `columns`: which column of a file is which field
* `files`: a file as chunks of rows

Nothing here is written down or printed of what stands in a row: errors name files, fields and lines.
"""
