"""The record of what came in: runs, rejected rows, deliveries, and what is wrong with a feed.

* `bodies`: pushed bodies copied into and out of the inbox in pieces
* `deliveries`: tables of deliveries: what each source last brought; the order that decides between versions
* `findings`: the table of findings (what is wrong with a feed's content), and a person's acceptance of one
* `first_load`: whether a database is empty, half loaded or in use, and erasing a half-loaded demo
* `rejects`: rejected rows corrected by a person and sent again, or all rows of a run sent again
* `runs`: tables of feeds, runs, rejects and the inbox; a push, and asking for a run once more
* `seeing`: whose scope holds what a feed brings: they alone see and handle its rows

The writing side of a run is `geo.loading`.
"""
