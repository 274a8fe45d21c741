"""Projects of the city, as the project office's file tells of them: where, who answers, milestones with plan
and fact, and why a late one is late.

* `adopt`: a file becomes what is shown; every file that was adopted is kept
* `file`: the file: its columns, what is wrong with it by line, when a reason is needed
* `model`: the tables

Points are EPSG:4326, x = longitude, y = latitude; days are the city's.
"""
