"""Running feeds: batch by batch, with the ledger read = written + unchanged + rejected.

* `batches`: a batch prepared ahead and committed: rows that the database refuses, rejects, counts
* `cleaned`: the result of cleaning a chunk: good rows, and rejected ones with their reasons
* `cleaning`: the order in which a chunk is cleaned: fields mapped, values, ids, required fields, shaping
* `content`: findings when a run ends: many rejects, no rows, columns gone, days missing, a list too short,
  which is held for a person
* `corrected`: how rows that a person has corrected are read (always JSON)
* `deliveries`: which delivery a run belongs to, watermarks, what is kept of it, sources set aside
* `doubles`: rows of one source that name the same thing: which one is taken
* `each`: sources run one after another, by the watcher and by hand: a run a file, a bad one set aside
* `engine`: one run from its sources to its end in the ledger: lock, failure, snapshot's end
* `freshness`: whether a source has changed since it was read, or is still being written and must wait
* `inbox`: the feed's inbox emptied in order: pushes and runs asked for; attempts, alone or together
* `opening`: a run begun: ledger, deliveries, cleaner, new categories
* `pushed_batch`: pushes cleaned as one frame and loaded as one batch, each with its own ledger line
* `pushes`: how a push is read, which are small, which can go together
* `scalars`: values of a wrong type (a list, an object, true or false in place of one value) reject their row
* `watch`: the process that polls due feeds: a file still being written, and later ones, wait for another look

Read in this order: `engine`, `opening`, `cleaning`, `batches`, `watch`, `inbox`.
"""
