"""Extract, transform, load: from anybody's file to the tables, and nothing else on the way.

    address -> sources (a file here) -> readers (chunks of bounded size) -> clean (keep or reject each row)
    -> geo.loading (one transaction a batch)

* `chunk`: what a reader is given and what it yields
* `clean`: columns of text into values
* `columns`: plain output: columns under their names
* `commands`: ./ikomek etl ...: feeds, keys, try, run, release, watch, runs, rejects
* `declarations`: feeds declared in TOML
* `demo`: the generated city and its simulator
* `entities`: what rows can become
* `plans`: files of precincts
* `preview`: try a file, guess its columns, draw it
* `readers`: formats of files, and other systems
* `registry`: the feeds
* `runs`: the engine, the watch, the inbox
* `sources`: files here, folders, HTTP, SFTP
* `voters`: files of the electoral list

Frames are Arrow tables: columns are cleaned whole, never row by row. CRS: what a feed declares, else what
its file declares, else EPSG:4326; cleaned coordinates are EPSG:4326 (lon, lat) with EPSG:3857 metres
beside them. Times leave here as UTC.

Nobody imports `etl` but the command line (`dashboard/cli.py`). Read in this order: `registry`,
`runs.engine`, `sources`, `readers`, `clean`, `entities`.
"""
