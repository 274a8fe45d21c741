"""What is known of Astana, as compact tables typed by hand: names, and positions to about a hundred metres
(EPSG:4326, lon lat).

Everything finer (bends, blocks, houses, borders of precincts) is made by the code of `etl.demo` from a seed.

* `answers`: invented answers for operators, in three languages; questions that found none
* `avenues`: main roads and streets by their real names, each a rough run of points
* `frame`: outlines by rough points: districts, rivers, lakes, parks, railway, built-up areas, place names
* `organisations`: performers and managers by name
* `people`: surnames and names by how common they are; ways to write the city before an address
* `projects`: invented projects of the city, their milestones, reasons of the late ones
* `streets`: lesser streets by their real names, each near where it lies: Kazakh | Russian | lon,lat
* `topics`: categories with their periods; each topic's share of the year and the season (months) it follows
* `yearly`: figures by year: inquiries, police, emergencies, offences, fines; shares of channels
"""
