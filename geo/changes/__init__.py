"""The change feed, from the transaction that wrote something to the stream that screens follow.

* `outbox`: the tables of the change feed, and the function that records a change in the caller's transaction
* `relay`: the process that numbers committed changes and publishes them to Redis: batch, poll, retries
* `rollup`: folds deltas of density, tile versions, facet counts and day counts into their tables, how often

A write and its change commit together. The relay gives committed changes their positions, so that no reader
depends on the order of inserts. Read in this order: `outbox`, `relay`, `rollup`.
"""
