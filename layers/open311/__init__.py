"""Open311 GeoReport v2, the reading side: what a program of others sees of services and incidents.

* `filters`: the standard's filters and our extensions (bbox, radius, page, updated_after) as a condition
* `requests`: incidents as the standard's service requests
* `services`: the leaves of the tree of categories as the standard's services, and their attributes
* `updates`: what became of requests, as FixMyStreet's extension tells it

Everything is within the scope of the caller's key, and nothing of who called is read: only the incident, its
category, its deadline and its outcome. Read in this order: `services`, `filters`, `requests`, `updates`.
"""
