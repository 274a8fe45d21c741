"""The routes of the precinct studio. Each calls one command of `geo.plans` and answers with what has changed.

* `decision`: GET /api/v1/plans/<plan>/decision.docx
* `edits`: POST /api/v1/plans/<plan>/edits and /redraw
* `operations`: what the studio does with whole precincts
* `passport_map`: the map of a passport as SVG, for paper
* `passports`: the passports of a plan's precincts
* `requests`: how the routes of one plan are told
* `stations`: what the studio sets besides borders
* `workflow`: the life of a plan: POST /api/v1/plans drafts one from another, .../advance moves it on

Read in this order: `requests`, `edits`, `operations`.
"""
