"""Cleaning: whole columns of text become values, and each row that cannot be used gets its reason.

Each module turns a column into values and a mask of what was bad; none drops a row. Nothing here reads a file
or a database, and nothing goes row by row.

* `codes`: ids and house numbers back from what a spreadsheet made of them: 12.0, dates, 1.2E+11
* `coordinates`: coordinates in any form and CRS to lon, lat (EPSG:4326): swapped ones, those outside the city
* `day_and_clock`: a day and its time of day from several columns, as one text
* `formats`: a declared format of time (%d.%m.%Y %H:%M) as a pattern
* `numbers`: text read as numbers: 1 234,50 and 1,234.50 and 1234.5
* `spellings`: the patterns alone: how dates, clocks, months, zones are written (how they are read: times)
* `texts`: spaces and invisible characters, which words mean blank, lookup of words
* `times`: text read as times in UTC: century, order of day and month, day numbers, clocks changed
* `words`: which words of a source mean which status, priority, true or false
"""
