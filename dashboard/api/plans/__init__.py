"""The routes of the precinct studio. Each calls one command of `geo.plans` and answers with what has changed.

* `decision`: GET .../decision.docx: the decision as a Word document: its paragraphs, font, tables
* `edits`: POST .../edits, /redraw, /nearest: borders of a draft
* `operations`: POST .../give, /split, /merge, /assign, /propose, /accept, /balance, /undo, /redo; the history
* `passport_map`: the map on a passport: its size on paper, widths of roads, labels
* `passports`: the passports of precincts, an A4 sheet each, and the legal text as a file
* `requests`: what all routes of a plan share: body, author, transaction, tables of commands and reads
* `stations`: POST .../station, /describe, /found, /remove, /lock, /unlock; GET .../candidates, /walk
* `workflow`: POST of a new draft, .../advance, /withdraw, /delete, /holes; checks, comparison; who approves

Read in this order: `requests`, `edits`, `operations`.
"""
