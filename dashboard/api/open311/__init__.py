"""Open311 GeoReport v2 for programs of others, at /api/open311/v2: JSON and XML, by the end of the address.

* `access`: who asks: the key, and how often it may
* `content`: rows of the database as the standard's objects
* `description`: the description of all of it as OpenAPI
* `media`: the picture of a request: sent with it, or fetched from a host that the settings name
* `reading`: GET of discovery, services, requests, tokens, updates, pictures
* `sending`: POST of requests and updates

A refusal is raised here as everywhere, and answered in the standard's form (`dashboard.open311_form`).
Read in this order: `access`, `reading`, `content`, `sending`, `media`.
"""
