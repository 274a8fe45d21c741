"""One search box: coordinates, numbers, addresses, crossings, names of what the city has, words of titles; in
three languages and two alphabets, however they are written.

* `addresses`: houses, crossings and streets
* `directory`: the names of the city, read once and again when they change
* `incidents`: incidents by number and by the words of their titles
* `results`: what a search leads to
* `search`: the search box

A near match is a guess and says so (`SearchResult.near`); it never stands alone where something else is as
near. Points are EPSG:4326. Read in this order: `results`, `search`, `addresses`, `directory`.
"""
