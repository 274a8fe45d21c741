"""What a feed's rows can become: fields, how they are shaped for staging, and the loader of `geo` that merges
them.

* `basemap`: the basemap's features: roads by class, water, rail, green, labels, borders
* `buildings`: address, tag, outline, voters
* `calls`: telephony totals by the hour: offered, answered, lost, answer time in seconds
* `categories`: the tree of what incidents and inquiries are about
* `districts`: polygons with names and the days they are valid
* `entity`: the shape of a noun's declaration, and what its shaping is given
* `incidents`: incidents from police, emergency and offence systems, or anybody's own file
* `inquiries`: inquiries of 109, with the incidents they lead to: fields and shaping
* `performers`: performers (who must act) and managers (who answers for them)
* `points`: the point of a row: from its two coordinate fields, or from the geometry that the file carries
* `precincts`: number, kind, voters, polygon, station
* `references`: what a row refers to: its category and performer by key
* `registry`: what rows can become: one Entity for each target, with its fields
* `shapes`: geometry that a file carries, as the tables take it: EPSG:4326 lon, lat, two dimensions, valid
* `vertices`: lines that a source gives as lists of places

Read in this order: `entity`, `registry`, `incidents`.
"""
