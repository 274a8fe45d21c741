"""Changing a draft: borders, precincts, locks, proposals. A gap or an overlap cannot be saved.

A command reads the draft and takes its locks (`draft`), works on the edges in memory (`mesh`), and writes
what has changed (`save`).

* `assigning`: where each house votes after an edit: by its tag, or as a person or a decision's text said
* `balance`: the tool "balance": all precincts of a district under the target, one after another
* `borders`: the tools "border" and "redraw": nodes moved, lines redrawn, their limits (how many, how long)
* `cells`: an area in cells (blocks, shared blocks by house), so that a border between them follows streets
* `detours`: a border led around the outlines of houses, and how close to a wall
* `draft`: opening a draft: which states can be edited, locks of precincts, versions that are out of date
* `give`: the new border when houses are given to a precinct; smoothing
* `locks`: precincts locked as agreed with the commission: lock, unlock with a reason, what is refused
* `mesh`: nodes and edges in memory: moving, cutting, merging, dissolving
* `obstacles`: streets, main roads, rivers and outlines under a border, read from the basemap; snapping
* `operations`: the tools "give", "split", "merge", "assign"
* `partition`: the arithmetic of cutting a precinct in two: fewest voters moved, barriers not crossed
* `precincts`: a precinct's number and kind, and those without a polygon (closed, abroad): made, removed
* `proposals`: the tool "propose": several ways to relieve one precinct, and accepting one
* `rows`: nodes, edges and precincts as an edit writes them
* `save`: what an edit writes: polygons, houses, counts, event; overlap and gap refused; new parts numbered
* `site`: what proposals and balance know of an area: blocks, barriers, room in neighbours
* `topology`: polygons turned into nodes and shared edges

Metric CRS, metres; x = easting, y = northing. Read in this order: `draft`, `mesh`, `borders`, `save`.
"""
