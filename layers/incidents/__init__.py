"""Incidents as the duty officer reads them: filtered, listed, opened, exported.

* `area`: a drawn area, street, precinct or district as a condition; how large, how many corners
* `attributes`: columns of a feed that are public
* `borders`: which house, precinct or district lies at a point; the outline of an area
* `card`: the card: the incident, decisions, clock, timeline, neighbours at its building
* `columns`: columns shared by list, card and search; warnings of the clock
* `cover`: which squares of a grid an area touches and which lie in it, for the index that knows squares
* `cursor`: sort orders of the list (newest, urgency), and paging
* `day`: a day of the time machine: opened by ten minutes, the same weekday before, feeds that were silent
* `export`: CSV, XLSX, GeoJSON, GeoPackage of a filter: time limit, how many at once (cells and
  rows of a sheet: `layers.spreadsheets`)
* `export_progress`: how many rows of a file are written while somebody waits for it
* `export_rows`: the columns of an export, and its rows read in pieces
* `facet_counts`: the counts beside the filters' values
* `filters`: the filter in the address: windows (live, 24h, 7d ...), facets, overdue; as a condition
* `folding`: rows of the list that stand for a mass event
* `listing`: counts and one page of the list from one snapshot; rows a page
* `mass_events`: mass events that go on, suggestions of them, and the card of one
* `moment`: a past moment in the address; how far back there is one
* `picture`: what lies under the incidents of a printed map
* `points`: the filter's incidents for the map, one by one, where the live set does not hold them; above how
  many their density is drawn instead
* `proof`: pictures of an incident, for those who may see it
* `restated`: the rows as they were at a moment: what is taken back, which words are never brought back
* `saved_views`: the saved views of a person and their post, with counts
* `summary`: figures of an area or a building: size, performers, the last 24 hours against four weeks
* `trend`: when the rows of a list were opened, by day or by month; from how many days on by month

Counts and list of one page come from one snapshot of the rows.
"""
