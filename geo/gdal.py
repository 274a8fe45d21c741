"""GDAL, by way of pyogrio, with the drivers of the formats that are read and written here, and no others.

GDAL tells a format by its content, whatever a file is called, and some of its formats are orders rather than
data: to open another file of this machine, a database, or an address. A file from outside must not give them,
so their drivers are not there. Everything that uses GDAL takes pyogrio from here: the drivers are registered
once, when it is imported.
"""

from __future__ import annotations

import os

DRIVERS = ("ESRI Shapefile", "ESRIJSON", "GPKG", "GeoJSON", "GeoJSONSeq", "MEM")
"""The drivers for reading and writing; MEM holds a layer between two of them."""
OTHERS = (
    "ADBC AIVector AVCBin AVCE00 AmigoCloud CSV CSW Carto DGN DXF EDIGEO EEDA Elasticsearch FlatGeobuf GDALG "
    "GML GPSBabel GPX GTFS GeoRSS HTTP Idrisi JML JSONFG KML LIBKML LVBAG MBTiles MVT MapML MiraMonVector "
    "NGW OAPIF ODS OGCAPI OGR_GMT OGR_PDS OGR_VRT OSM OpenFileGDB PCIDSK PDF PDS4 PGDUMP PLSCENES PMTiles "
    "S57 SQLite SXF Selafin TopoJSON VDV VFK VICAR WAsP WFS XLSX"
).split()
"""All others that pyogrio's GDAL brings, `MapInfo File` besides."""

os.environ["GDAL_SKIP"] = ",".join((*OTHERS, "MapInfo File"))

import pyogrio  # noqa: E402
import pyogrio.errors  # noqa: E402
import pyogrio.raw  # noqa: E402

__all__ = ["DRIVERS", "pyogrio"]
