"""The change feed, from the transaction that wrote something to the stream that screens follow.

* `outbox`: the change feed: a transactional outbox
* `relay`: the relay: gives committed changes their positions and passes them on to Redis
* `rollup`: the roll-up: folds density_delta into the cells and tile_touch into tile_version (tables and their
  grid: geo.incidents.density)

A write and its change commit together. The relay gives committed changes their positions, so that no reader
depends on the order of inserts. Read in this order: `outbox`, `relay`, `rollup`.
"""
