"""What the page /rating shows: months, a manager, and the cases behind every point.

* `cases`: the cases of a manager in a month, by indicator and by mark
* `milestones`: the milestones behind a manager's indicator, with their projects and reasons
* `reading`: a month with the one before it, and the year of a manager
"""
