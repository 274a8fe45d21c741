"""Routes of the duty desk: what officers do with incidents.

* `actions`: POST .../incidents/<incident>/<verb>, on a selection, undo, a new incident
* `mass_events`: POST that makes a mass event, takes a step on it, or takes one back
* `public_alerts`: POST of a public alert of an incident or a mass event
* `proof`: POST and GET of a picture of an incident
* `saved_views`: POST that saves or removes a view of /map
* `viewers`: POST that says that somebody looks at an incident
"""
