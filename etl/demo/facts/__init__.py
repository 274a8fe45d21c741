"""What is known of Astana, as compact tables typed by hand: names, and positions to about a hundred metres
(EPSG:4326, lon lat).

Everything finer (bends, blocks, houses, borders of precincts) is made by the code of `etl.demo` from a seed.

* `avenues`: main roads and streets by their real names, each a rough run of points
* `frame`: the frame of the city: districts, the river and its brooks, lakes, parks, railway, built-up areas
* `organisations`: performers and managers
* `people`: names by how common they are; the city as they write it
* `streets`: lesser streets by their real names, each near where it lies: Kazakh | Russian | lon,lat
* `topics`: categories: topics of the 109 centre with what they lead to, and those of police
* `yearly`: yearly figures of the centre
"""
