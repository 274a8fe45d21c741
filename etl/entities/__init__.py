"""What a feed's rows can become: fields, how they are shaped for staging, and the loader of `geo` that merges
them.

* `basemap`: fields of a basemap feature: themes, classes, from which zoom each is drawn
* `buildings`: fields of a building: address, tag and its quality, outline, voters
* `calls`: fields of telephony totals by the hour
* `categories`: fields of a category: parent, kind, period, calendar
* `districts`: fields of a district: key, names, polygon, days it is valid
* `entity`: what a field and an entity are: type, required, bounds, longest title and address
* `incidents`: fields of an incident, checks of its times (in the future, too old, closed before opened)
* `inquiries`: fields of an inquiry, with the incident that it leads to
* `operators`: fields of operators of the contact centre
* `performers`: fields of performers and managers, types of performers
* `points`: a row's point: from coordinate fields, from the file's geometry, or read from one text
* `precincts`: fields of a precinct: number, kind, voters, polygon, station
* `references`: a row's category, performer and district found by key; its deadline by the category's period
* `registry`: the list of entities
* `shapes`: geometry of a file made valid, two-dimensional, EPSG:4326
* `shaping`: a chunk while it is shaped: columns, references, reasons for rejected rows, counts of corrections
* `vertices`: lines written as lists of coordinates

Read in this order: `entity`, `shaping`, `registry`, `incidents`.
"""
