"""By when something must be done, and who is told while it is not.

* `calendar`: the city's days off, moved days and hours, as data that its owner edits
* `clock`: the regulatory clock of one incident, its pauses and warnings
* `holidays`: public holidays of a year, proposed by a library
* `working_time`: working time as a measure, by a calendar of days and hours

Times are UTC; days and hours are those of the city's clock. Read in this order: `working_time`, `clock`,
`calendar`.
"""
