"""Statistics: what each figure is, and what is counted ahead of time.

A figure has one definition (`definitions`), which the wall, the pages, reports and exports use. It is a
condition on rows, so every figure leads to the list of exactly the rows that it counts.

* `closed_days`: what the levels and the waits say of closed incidents, by the day of opening; when it is
  counted anew
* `counting`: figures counted from the rows: periods (last 24 hours, 30 days), midnight of the city
* `day_counts`: tables of counts by the city's day, hour, category and channel, and how they are folded
* `day_kinds`: which weekday a holiday or a worked Saturday is like
* `definitions`: each figure: source, condition, unit, goal, who answers; a figure is changed here
* `forecast`: how many come in an hour or a day, with an interval; how well that would have done
* `inquiry_days`: figures of operators from the days: parts, wholes, times to answer
* `kept`: published figures kept, and counted again to compare
* `limits`: how many are more than chance explains (Poisson, negative binomial)
* `open_days`: what the levels and the waits say of open incidents, by the day of opening; until when it holds
* `team_days`: what the teams of a day have of each figure, as bytes
* `area_days`: closed incidents of a day by cell and precinct: what is counted, when it is forgotten
* `survival`: Kaplan and Meier: how long until closed, where some are still open
* `teams`: whose a row is: district, organisation
* `year_notes`: notes to a year: which years, how long
* `waits`: what requests wait for, and in which steps of time

Read in this order: `definitions`, `counting`, `day_counts`.
"""
