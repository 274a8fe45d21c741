"""The rating of managers: a strategy with plan values, cases that nobody can make look better afterwards,
scores with their intervals, and months that are closed by two people.

* `assigned`: the strategy of a month with the indicators that managers were assigned
* `assignments`: of indicators to managers: proposed by one person, accepted or returned by another
* `cases`: the cases of a month as the rating counts them, and what each was marked for
* `milestones`: the milestones of a month: over how many months, from which file
* `mix`: the adjustment for the mix of cases
* `model`: the tables
* `months`: a month is proposed by one person, closed by another, signed, and counted again byte for byte
* `objections`: to how a case is counted, decided by another person
* `relation`: the statement that makes cases of incidents and their events
* `scores`: shares drawn towards the mean, points, intervals, and the places that they allow
* `strategy`: goals, indicators, weights, plan values, who answers: a file, checked line by line
* `versions`: of the strategy: adopted, found for a month

Read in this order: `strategy`, `cases`, `milestones`, `mix`, `scores`, `months`, `assigned`.
"""
