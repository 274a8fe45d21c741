"""The hand-over of a shift: what stands open and what was done, put together by itself, signed by the officer
who leaves and by the one who takes over, and kept as it was signed.

* `contents`: what a hand-over tells: sections of rows, from one statement
* `model`: the tables: hand-overs, notes of a shift that is not signed yet, amendments
* `notes`: the notes for the next officer, kept while they are written
* `post`: who hands over to whom: those who see the same of the city
* `sign`: sign and hand over, take the signature back, take over, amend

Read in this order: `post`, `model`, `contents`, `notes`, `sign`.
"""
