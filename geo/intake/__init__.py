"""The record of what came in: runs, rejected rows, deliveries, and what is wrong with a feed.

* `bodies`: pushed bodies on their way into the inbox and out of it, in pieces
* `deliveries`: what each source of a feed last brought, and the order in which deliveries came
* `findings`: what is wrong with the content of a feed whose runs succeed
* `first_load`: what a database holds when we start
* `rejects`: rejected rows put right by a person and sent again
* `runs`: the ledger of the feeds: each run, what it rejected

The writing side of a run is `geo.loading`.
"""
