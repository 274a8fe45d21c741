"""Looking before loading: what would become of a file. Nothing here writes into the tables.

* `beginnings`: where the table begins in a file that nobody has declared
* `geocoding`: how well our own buildings and streets place addresses whose point is known
* `inference`: what a file's columns seem to be: their types, and the field that each would fill
* `sketch`: a map picture of what a file holds, as one HTML file with a drawing inside
* `trial`: a try: read and clean a file, write nothing into the tables, and show what would become of it
"""
