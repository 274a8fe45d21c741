"""Routes of the duty desk: what officers do with incidents.

* `actions`: POST /api/v1/incidents/<incident>/<verb>, the same on a selection, and undo
* `proof`: a picture attached to an incident, and shown
* `viewers`: who looks at an incident now
"""
