"""The figures of the wall's panels.

* `electoral`: panels of geo-tags by district, precincts near the cap, the plan in force, days before the vote
* `floods`: when incidents of one kind are a flood: window, usual number, threshold, its end
* `incidents`: panels of open incidents: figures, "attention" (what presses, how many rows), categories
* `indicators`: panels of indicators for operators, inspectors, performers
* `inquiries`: panels of inquiries: answering, topics, channels, any flow by the hour
* `kinds`: the list of kinds with their function; one snapshot for all panels of a scene, kept for how long
* `rating`: the places of the last closed month, with their intervals
* `requests`: the request of a panel: scope, rows, what is counted, level, district
* `routes`: floods by HTTP, for the map of the duty desk

To add a kind of panel: `dashboard.wall.scenes.panels` says how.
"""
