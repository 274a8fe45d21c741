"""Running feeds: batch by batch, with the ledger read = written + unchanged + rejected.

* `chunks`: chunks on their way from a reader to the database
* `cleaning`: from a chunk as it stands in the source to a batch for staging
* `content`: whether what a feed brings is what it usually brings
* `corrected`: mended rows (geo.intake.rejects) come as JSON under the columns of their source
* `deliveries`: a run and its deliveries
* `engine`: the machine: run a feed over its sources, batch by batch, and keep the ledger
* `inbox`: emptying the inbox of a feed
* `pushes`: small pushes of one feed that wait together
* `watch`: watch: every feed that has a source, at its interval, and the inbox (pushed rows, runs to repeat)

Read in this order: `engine`, `cleaning`, `watch`, `inbox`.
"""
