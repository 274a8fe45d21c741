"""OGC API Features, the reading side: what a program for maps (QGIS, GDAL) opens of incidents, buildings and
districts, within the caller's scope.

* `collections`: what there is to open: columns with their types, which rows a caller may see
* `items`: one page of a collection as GeoJSON: bbox, datetime, values of columns; and one feature

Geometry is EPSG:4326 in axis order lon, lat (CRS84). Read in this order: `collections`, `items`.
"""
