"""Plans of precincts as screens and papers show them.

* `passport`: what a precinct's passport shows, read for printing
* `pictures`: a plan as a small SVG, colours by how full its precincts are
* `stations`: SQL of a precinct's station, former number and lock
* `studio`: what the studio loads: list of plans, nodes, edges, precincts, houses, whole or a part
* `vote`: the precinct, station and distance of an address (/vote)
"""
