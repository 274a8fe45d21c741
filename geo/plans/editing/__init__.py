"""Changing a draft: borders, precincts, locks, proposals. A gap or an overlap cannot be saved.

A command reads the draft and takes its locks (`draft`), works on the edges in memory (`mesh`), and writes
what has changed (`save`).

* `assigning`: where houses vote once borders have moved
* `balance`: every precinct of a district under the planning target
* `borders`: editing the borders of a draft
* `cells`: the ground of a precinct in cells
* `detours`: a border led around the houses it would cut
* `draft`: a draft in one transaction
* `give`: giving houses to a precinct
* `locks`: precincts agreed with the commission
* `mesh`: the edges around some precincts as a planar map in memory
* `obstacles`: what lies under a border
* `operations`: what the studio does with whole precincts
* `partition`: cutting the ground of an overfull precinct in two
* `precincts`: what a precinct is besides its ground
* `proposals`: proposals for an overfull precinct
* `save`: writing an edit: what a command worked out on the mesh becomes rows, in the caller's transaction
* `site`: precincts at hand as a plan in the making: their ground as a graph, and the cuts that it allows
* `topology`: from polygons to nodes and shared edges, and which polygon holds a point

Metric CRS, metres; x = easting, y = northing. Read in this order: `draft`, `mesh`, `borders`, `save`.
"""
