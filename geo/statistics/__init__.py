"""Statistics: what each figure is, and what is counted ahead of time.

A figure has one definition (`definitions`), which the wall, the pages, reports and exports use. It is a
condition on rows, so every figure leads to the list of exactly the rows that it counts.

* `counting`: figures counted from the rows themselves
* `day_counts`: inquiries and incidents by the city's day, counted as they are written
* `definitions`: the figures: source, condition, unit, goal, who answers
* `kept`: figures that were published, and counted again byte for byte
* `limits`: what a count exceeds by chance only seldom
* `survival`: how long something lasts where some of it has not ended yet

Read in this order: `definitions`, `counting`, `day_counts`.
"""
