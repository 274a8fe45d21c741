"""Files of the electoral list, read for `geo.voters`.

* `columns`: names of columns in registers, in three languages, and their fields
* `files`: CSV and XLSX of the list, as chunks of rows; borders for the package
* `kinds`: what a file is by its bytes, and whether it ends inside a row
* `service`: the list's own process, which takes files too
* `uploads`: a file that the page sends becomes a version, one at a time; how far it is

Nothing here is written down or printed of what stands in a row: errors name files, fields and lines.
"""
