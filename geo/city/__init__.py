"""What the city is made of: reference tables that incidents, plans and lists refer to.

* `basemap`: the table of basemap features: roads by class, water, rail, green, labels, borders
* `buildings`: the tables of buildings and of their geo-tags' history
* `categories`: the table of categories: a tree with names, a regulatory period, what counts as a duplicate
* `districts`: the table of districts: polygons, names, days they are valid; the lock on their borders
* `modes`: the mode of the centre (normal, drill, hotline): its history, read and switched
* `operators`: operators of the contact centre: their team, its head
* `performers`: performers (organisations that must act) and managers (who answer for indicators)
"""
