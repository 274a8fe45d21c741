"""Cleaning: whole columns of text become values, and each row that cannot be used gets its reason.

`texts`, `numbers`, `times` (their `spellings`, and `formats` that a feed declares), `codes`, `coordinates` and `words` each turn a column into values and a mask of what was bad; none of them drops a row. `Faults`
collects the first reason of each row. Nothing here reads a file or a database, and nothing goes row by row.
"""
