"""Routes of the duty desk: what officers do with incidents.

* `actions`: POST /api/v1/incidents/<incident>/<verb>, the same on a selection, and undo
* `viewers`: who looks at an incident now
"""
