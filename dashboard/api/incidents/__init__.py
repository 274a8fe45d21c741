"""Routes of the duty desk: what officers do with incidents.

* `actions`: POST .../incidents/<incident>/<verb>, on a selection, undo, a new incident
* `proof`: POST and GET of a picture of an incident
* `viewers`: POST that says that somebody looks at an incident
"""
