"""Plans that come from lists and decisions: which building votes where, and what nobody could match.

* `assignment_lists`: a list "building -> precinct" as a plan of its own, or written into a draft by hand
* `building_lists`: lists that name buildings, as people keep them
* `from_buildings`: a draft made from the houses of each precinct, as a decision's text or a list names them
* `unmatched`: what a person has to decide before a plan made from a decision's text is whole
"""
