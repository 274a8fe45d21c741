"""The legal text of precincts in Kazakh and Russian: written from a plan, and read back.

* `decision`: the whole decision: which precincts are new, changed, abolished, in both languages
* `plans`: the text of each precinct of a plan
* `read`: a decision's text read back; what cannot be matched
* `register`: streets and houses in the order in which a text names them
* `words`: the words and headings of the text, Kazakh and Russian: written and recognised
* `write`: houses written as text: by street, side, ranges of numbers

What `write` writes, `read` reads back exactly. Read in this order: `words`, `register`, `write`, `read`.
"""
