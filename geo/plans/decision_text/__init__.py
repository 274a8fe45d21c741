"""The legal text of precincts in Kazakh and Russian: written from a plan, and read back.

* `decision`: what a decision on precincts has to say
* `plans`: the legal text of a plan's precincts
* `read`: reading a legal text back
* `register`: the city's addresses as a legal text sees them
* `words`: the words of a decision on precincts, in the two languages it is published in
* `write`: the legal text of precincts: by street, side and number, in Kazakh or in Russian

What `write` writes, `read` reads back exactly. Read in this order: `words`, `register`, `write`, `read`.
"""
