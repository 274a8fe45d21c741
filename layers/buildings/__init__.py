"""Buildings and their geo-tags as people decide on them.

* `geo_tags`: the worklist: addresses without a point, far, outside, shared, geocoded; limits in metres
* `location`: a click on the map: building, geo-tag, precinct and station there; how near
* `tag_candidates`: where an address could stand: which candidates, how far, in which order
"""
