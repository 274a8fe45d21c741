"""Plans of precincts: nodes and shared edges stored once, polygons derived, and the assignment of each
building to a precinct.

* `arrays`: Columns of numbers from a statement as arrays, for what is computed over a whole city at once
* `assignments`: assignments and counts that follow the register of buildings
* `checks`: what may be wrong with a plan, always on screen: each check with how many and the first of them
* `compare`: a plan beside another, by default the one in force
* `coverages`: what is wrong with precincts, place by place
* `decision_text`: the legal text, written and read back
* `deletion`: a draft that nobody needs is deleted whole, by who may edit it
* `editing`: the commands that change a draft
* `events`: the events of a plan: what each edit changed, as it was and as it became
* `export`: a plan as rows for a file: its precincts with their polygons (EPSG:4326), and what votes where
* `files`: plans from lists of buildings and from decisions
* `holes`: holes of a plan that are lawful: a lake, a foreign territory
* `lifecycle`: the life of a plan: drafted from another, checked, agreed with the commission
* `model`: plans of precincts: nodes and shared edges stored once, polygons derived
* `nearest`: the nearest line to one that was refused
* `overlap`: areas given to areas by largest overlap
* `plan_import`: a whole plan written at once
* `presence`: who is looking at which precincts of a plan
* `reassign`: every building of a plan anew by its tag, in one go
* `register_lock`: a plan is made, and buildings follow the register, one after the other
* `station_walks`: buildings that can hold a precinct's station, and how far its voters walk to them
* `stations`: polling stations of a draft: set, moved, taken away
* `undo`: undo and redo of a plan's edits
* `voters`: the voters of a precinct: one count for an import, an edit, a moved tag and the checks
* `walking`: how far people walk: distances along streets and paths, in the city's metric CRS, metres

A draft is changed by the commands of `editing`, each in one transaction. What comes from files is read by
`etl.plans` and checked here. Geometry is computed in the city's metric CRS, metres, on a 1 mm grid. Read in
this order: `model`, `lifecycle`, `editing`, `events`.
"""
