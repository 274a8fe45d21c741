"""Extract, transform, load: from anybody's file to the tables, and nothing else on the way.

    address -> sources (a file here) -> readers (chunks of bounded size) -> clean (keep or reject each row) -> geo.loading (one transaction a batch)

A feed is a declaration in `registry`: which columns become which fields, how its times, coordinates and words are to be read, how often it
comes. A noun (`nouns`) is what its rows become: the fields it takes, how they are shaped for staging, and the loader of `geo` that merges them.
`engine` runs a feed over its sources and keeps the ledger: read = written + unchanged + rejected. `watch` keeps every feed that has a source at its
interval, and does what the inbox asks: `inbox` says what becomes of what was pushed, `pushes` loads small ones together. `deliveries` gives what is read
its place among what came before and after, `content` says whether it is what the feed usually brings. `trial` shows what would become of a file, `inference` what its columns seem to be,
`sketch` draws it; `keys` is the page of all that a declaration may say.
`commands` are behind `./ikomek etl`.

Frames are Arrow tables: columns are cleaned whole, never row by row. CRS: what a feed declares, else what its file declares, else EPSG:4326; cleaned
coordinates are EPSG:4326 (lon, lat) with EPSG:3857 metres beside them. Times leave here as UTC.

Nobody imports `etl` but the command line (`dashboard/cli.py`). Read in this order: `registry`, `engine`, `sources`, `readers`, `clean`, `nouns`.
"""
