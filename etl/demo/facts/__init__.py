"""What is known of Astana, as compact tables typed by hand: names, and positions to about a hundred metres (EPSG:4326, lon lat).

Everything finer (bends, blocks, houses, borders of precincts) is made by the code of `etl.demo` from a seed.
"""
