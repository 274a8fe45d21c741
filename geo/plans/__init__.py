"""Plans of precincts: nodes and shared edges stored once, polygons derived, and the assignment of each
building to a precinct.

* `arrays`: columns of a statement as arrays
* `assignments`: houses and counts of precincts that follow a moved tag or a newly loaded register
* `checks`: the checks of a plan on screen (borders, houses, sizes, districts, stations): error or warning
* `compare`: two plans compared: which houses and voters move, whom to notify
* `coverages`: gaps and overlaps of polygons found and cleaned; what is a gap
* `decision_text`: the legal text: written from a plan, and read back
* `deletion`: a draft deleted whole: in which states
* `editing`: the commands that change a draft's borders, houses and precincts
* `events`: the events of a plan: what each edit changed, as it was and as it became
* `export`: a plan as rows for a file
* `files`: plans made from lists of buildings and from the text of decisions
* `holes`: a lawful hole (a lake, a foreign territory) accepted with a reason; when it is a gap again
* `lifecycle`: states of a plan and who moves it on: draft, checked, agreed, approved, published; withdrawal
* `model`: the tables of plans, nodes, edges, precincts, stations, assignments, events; which plan is in force
* `nearest`: of a refused border, the nearest one that can be saved
* `overlap`: old precincts to new ones by largest overlap
* `plan_import`: a whole plan written at once, from polygons and stations
* `precinct_layer`: precincts as places to count by: what makes them others than before
* `presence`: who is in a plan now, and after how long they are gone
* `reassign`: all buildings of a draft assigned anew by their tags (single ones that moved: assignments)
* `register_lock`: the lock between making a plan and loading the register of buildings
* `station_walks`: candidates for a station: how far, how many, metres on foot for its voters
* `stations`: the station of a precinct set, changed or removed: building, names, entrance
* `undo`: undo and redo of a plan's edits: what can be undone, when it is refused
* `voters`: how the voters of a precinct are counted: those of its houses, else the number given
* `walking`: the network on foot: which roads, how far a house may be from one, shortest ways

A draft is changed by the commands of `editing`, each in one transaction. What comes from files is read by
`etl.plans` and checked here. Geometry is computed in the city's metric CRS, metres, on a 1 mm grid. Read in
this order: `model`, `lifecycle`, `editing`, `events`.
"""
