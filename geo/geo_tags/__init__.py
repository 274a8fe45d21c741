"""Geo-tags, the points of addresses, as people decide them. Each decision recounts the plans that it
concerns.

* `decisions`: decisions on geo-tags: a tag is set, found right, or put back as it was
* `new_addresses`: a new address, made by a person before any register knows it
* `tag_import`: many geo-tags at once: rows that name a building (by our number, by the register's code, or by
  street and house) and its point
"""
