"""Extract, transform, load: from anybody's file to the tables, and nothing else on the way.

    address -> sources (a file here) -> readers (chunks of bounded size) -> clean (keep or reject each row)
    -> geo.loading (one transaction a batch)

* `chunk`: a source, a chunk, a broken row: what a reader is given and yields; how many rows a chunk holds
* `clean`: columns of text into values: times, numbers, coordinates, codes, words
* `columns`: output of a command in plain columns
* `commands`: ./ikomek etl ...: feeds, keys, try, run, release, watch, geocode, runs, rejects
* `declarations`: feeds declared in TOML: the keys, their types and checks
* `demo`: the generated city, its history, and its live simulator
* `entities`: what rows can become: the fields of each entity and how they are shaped for loading
* `plans`: files of precincts, read and written
* `preview`: try a file, guess its columns, draw it; measure geocoding
* `readers`: formats of files (CSV, XLSX, JSON, GIS files, zips), and other systems (Open311, PostgreSQL)
* `registry`: a feed's declaration as a class (interval, patience, options), and the feeds always there
* `runs`: running a feed: the watch, freshness, the inbox, batches, what is wrong with a run's content
* `sources`: where files come from: addresses, folders, HTTP, SFTP; retries, time limits
* `voters`: files of the electoral list

Frames are Arrow tables: columns are cleaned whole, never row by row. CRS: what a feed declares, else what
its file declares, else EPSG:4326; cleaned coordinates are EPSG:4326 (lon, lat) with EPSG:3857 metres
beside them. Times leave here as UTC.

Nobody imports `etl` but the command line (`dashboard/cli.py`). Read in this order: `registry`,
`runs.engine`, `sources`, `readers`, `clean`, `entities`.
"""
