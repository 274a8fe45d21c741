"""Buildings and their geo-tags as people decide on them.

* `geo_tags`: the geo-tags that wait for a person
* `location`: what stands at a place of the map
* `tag_candidates`: where an address could stand
"""
