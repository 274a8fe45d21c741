"""Geo-tags, the points of addresses, as people decide them. Each decision recounts the plans that it
concerns.

* `decisions`: one tag set, confirmed or put back by a person; a point outside the city is refused
* `new_addresses`: a new address, made by a person before any register knows it
* `tag_import`: many geo-tags at once: rows that name a building (by our number, by the register's code, or by
  street and house) and its point
"""
