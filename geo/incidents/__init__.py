"""Incidents and inquiries, and what is counted of them ahead of time.

* `cases`: what duty officers do with incidents: actions, decisions, what a case is by them
* `density`: density cells: the history of incidents, counted ahead of time
* `facet_counts`: how many incidents there are of each kind, status, priority, district, category
* `inquiries`: one contact of a citizen with 109
* `model`: incidents and what happened to them
* `numbers`: an incident by a number that somebody says
* `payload`: what the change feed says of an incident
* `pressing`: when a deadline begins to press

How a batch of rows gets in: `geo.loading.incidents`. Read in this order: `model`, `inquiries`, `cases`,
`density`.
"""
