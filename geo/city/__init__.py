"""What the city is made of: reference tables that incidents, plans and lists refer to.

* `basemap`: the city's own basemap: roads by class, water, rail, green, labels, borders
* `buildings`: the geo-tag of an address
* `categories`: a tree with names, a regulatory period and what counts as a duplicate
* `districts`: polygons with names and the days they are valid
* `modes`: the mode of the centre: normal, drill, hotline (a state of emergency)
* `performers`: performers (organisations that must act) and managers (who answer for indicators)
"""
