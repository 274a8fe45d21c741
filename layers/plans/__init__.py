"""Plans of precincts as screens and papers show them.

* `passport`: what the passport of a precinct shows
* `pictures`: a plan at a glance: its precincts as an SVG of a few kilobytes, by how full they are
* `stations`: a precinct's station, its former number and its lock
* `studio`: plans of precincts as the studio draws them
* `vote`: where the people of an address vote, in the plan in force: precinct, station, and how far it is
"""
