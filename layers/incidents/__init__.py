"""Incidents as the duty officer reads them: filtered, listed, opened, exported.

* `area`: a part of the city that somebody drew
* `attributes`: what a feed keeps of its source, as far as it is public
* `card`: one incident with all that is known of it
* `columns`: an incident's columns for every reader of them
* `cursor`: the orders of the list, and where a page of it begins
* `export`: the rows of a filter as a file
* `facet_counts`: how many rows each value of each facet leads to
* `filters`: the filter of the duty officer's map
* `listing`: counts by facet and one page of the list, from one snapshot
* `points`: the incidents of a filter as points, for a map that draws them one by one
* `proof`: pictures that people attached to an incident
* `summary`: what is asked of an area beside its counts

Counts and list of one page come from one snapshot of the rows.
"""
