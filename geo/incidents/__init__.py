"""Incidents and inquiries, and what is counted of them ahead of time.

* `cases`: what duty officers do with incidents: actions, decisions, proof, undo
* `density`: tables of the density by cell, month and day; its zooms (folded by geo.changes.rollup)
* `facet_counts`: how many incidents of all time by kind, status, priority, district ...: table and folding
* `inquiries`: the tables of inquiries (one contact of a citizen each) and of calls
* `mass_events`: many incidents that are one: suggested, confirmed, closed together
* `model`: the tables of incidents, their events and decisions; kinds, statuses, priorities
* `numbers`: an incident found by our number or its source's
* `payload`: which columns of an incident reach a screen by the change feed
* `pressing`: from when an open incident is pressing: the last warning of its clock
* `saved_views`: names for addresses of /map, of a person or a post; how many are the most
* `squares`: the square of a grid in which an incident lies, by which an index finds those of an area
* `spans`: since when and until when an incident was known as open: what finds those of a past moment

How a batch of rows gets in: `geo.loading.incidents`. Read in this order: `model`, `inquiries`, `cases`,
`density`.
"""
