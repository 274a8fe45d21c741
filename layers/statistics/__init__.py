"""The figures of the page /statistics, each card from one snapshot of the database.

* `cells`: what happened by cell of the city's grid, what is beyond chance
* `counts`: counts by year, day, hour, category, channel, district
* `expected`: which days are out of the ordinary: the threshold
* `forecast`: this hour and the next ones: expected, and how good that was
* `incident_spans`: figures of inspectors and performers by team: what is counted ahead, what from rows
* `levels`: figures of the three levels: goal, weeks, teams; the period without an address
* `performers`: requests of 109 by organisation
* `people`: operators by person: who may see whom
* `report`: what a report says: its period's comparison, days and goals
* `requests`: the page's address: period, comparison, district, subject; how long a period may be
* `measures`: preventive measures with their effect: over how many days before and after
* `areas`: how many in each area: what is counted ahead, what from rows
* `precincts`: what happened by precinct of the plan in force, what is beyond chance
* `returns`: places that return: the size of a cell, what counts as a resident, how many are named
* `rows`: the rows behind a figure, page by page
* `sources`: which feeds are late, since when
* `staffing`: operators needed and on the roster by hour: how far ahead, how many hours of the past
* `waiting`: times to answer, to assign, to close (Kaplan and Meier): by which events each has ended

Counts come from the days that are counted as rows are written (`geo.statistics.day_counts`), so they cost the
same whatever a day holds, and equal the length of the list that they lead to.
"""
