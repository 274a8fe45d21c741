"""The figures of the page /statistics, each card from one snapshot of the database.

* `closing`: how long requests wait to be closed, by the estimate of Kaplan and Meier
* `counts`: what is counted by year, day, hour, category, channel and district
* `expected`: which days had more than their weekday and month explain
* `requests`: what the page asks for: a period, what it is compared with, a district, a subject
* `rows`: the rows behind a figure, and how many they are

Counts come from the days that are counted as rows are written (`geo.statistics.day_counts`), so they cost the
same whatever a day holds, and equal the length of the list that they lead to.
"""
