"""The figures of the wall's panels.

* `electoral`: panels of electoral readiness
* `floods`: one kind of incident coming far faster than it does at this hour of the week
* `incidents`: panels about incidents: the figures of now and of 24 hours, what presses by name
* `indicators`: indicators of the three levels, by formulas that cannot be gamed
* `inquiries`: panels about the day of 109: how it was answered, topics, channels, and any flow by the hour
* `kinds`: the figures of the wall's panels, by kind
* `requests`: what a panel of the wall asks for
* `routes`: floods over HTTP, for a map that has no panels

To add a kind of panel: `dashboard.wall.scenes.panels` says how.
"""
