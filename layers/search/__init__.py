"""One search box: coordinates, numbers, addresses, crossings, names of what the city has, words of titles; in
three languages and two alphabets, however they are written.

* `addresses`: houses, crossings and streets: how a guess is ranked
* `directory`: names in memory (streets, districts, performers, stations, landmarks), when they are read anew
* `incidents`: incidents by number, its end, and words of their titles
* `results`: the shape of a result; shortest and longest query, how many results of each type
* `search`: which searches a query runs, in which order its results stand

A near match is a guess and says so (`SearchResult.near`); it never stands alone where something else is as
near. Points are EPSG:4326. Read in this order: `results`, `search`, `addresses`, `directory`.
"""
