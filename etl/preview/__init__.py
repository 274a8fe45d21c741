"""Looking before loading: what would become of a file. Nothing here writes into the tables.

* `beginnings`: where a table begins: titles above it, its header, a list deep inside JSON
* `geocoding`: ./ikomek etl geocode: precision and recall of our geocoding on data with known points
* `inference`: columns guessed: types, the field each fills, the headings known for a field, how alike
  names must be
* `sketch`: a picture of the points and shapes of a file
* `trial`: ./ikomek etl try: figures, first rejected rows, a proposal; writes nothing into the tables
"""
