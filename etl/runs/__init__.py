"""Running feeds: batch by batch, with the ledger read = written + unchanged + rejected.

* `batches`: from a chunk to a committed batch
* `cleaned`: what came of a chunk: the good rows, and the others with their reasons
* `cleaning`: from a chunk as it stands in the source to a batch for staging
* `content`: whether what a feed brings is what it usually brings
* `corrected`: corrected rows (`geo.intake.rejects`) come as JSON under the columns of their source
* `deliveries`: a run and its deliveries
* `doubles`: rows that name a thing again
* `engine`: a run from its sources to its end in the ledger
* `freshness`: whether a source has to be read, and whether it may be read yet
* `inbox`: emptying the inbox of a feed
* `opening`: a run as it opens: its place in the ledger, its deliveries, its cleaner
* `pushes`: small pushes of one feed that wait together
* `watch`: every feed that has a source, at its interval, and the inbox (pushed rows, runs to repeat)

Read in this order: `engine`, `opening`, `cleaning`, `batches`, `watch`, `inbox`.
"""
