"""By when something must be done, and who is told while it is not.

* `calendar`: days off and moved days by year, hours of work: tables, and the commands that change them
* `clock`: the regulatory clock of an incident: share used, pauses, at which shares it warns
* `holidays`: public holidays of a year from a library, as a proposal for the calendar
* `working_time`: arithmetic of working time: how much lies between two instants, when so much has passed

Times are UTC; days and hours are those of the city's clock. Read in this order: `working_time`, `clock`,
`calendar`.
"""
