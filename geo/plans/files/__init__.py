"""Plans that come from lists and decisions: which building votes where, and what nobody could match.

* `assignment_lists`: a list "building -> precinct" as a new plan, or taken over into a draft
* `building_lists`: CSV rows that name a building (our number, register's code, street and house), found
* `from_buildings`: a draft drawn around the houses of each precinct, from a decision's text or a list
* `unmatched`: what of a text matches no house: kept for a person, and settled
"""
