"""Files of the electoral list, read for `geo.voters`.

* `columns`: names of columns in registers, in three languages, and their fields
* `files`: CSV and XLSX of the list, as chunks of rows

Nothing here is written down or printed of what stands in a row: errors name files, fields and lines.
"""
