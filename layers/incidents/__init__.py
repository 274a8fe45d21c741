"""Incidents as the duty officer reads them: filtered, listed, opened, exported.

* `attributes`: what a feed keeps of its source, as far as it is public
* `card`: one incident with all that is known of it
* `export`: the rows of a filter as a file
* `filters`: the filter of the duty officer's map
* `listing`: incidents as the duty officer reads them
* `points`: the incidents of a filter as points, for a map that draws them one by one

Counts and list of one page come from one snapshot of the rows.
"""
