"""Alarms after ISA-18.2: a condition that needs somebody's response. Raised by rules, acknowledged, shelved
for a time, cleared; what needs no response is no alarm.

* `conditions`: what rules can look at, each a statement
* `expected`: how many incidents of a category an hour is expected to bring: how few are no series
* `machine`: conditions of the machine: what was measured of it last
* `model`: the tables of alarms and their events, and of what is expected
* `respond`: what a person does with an alarm
* `rules`: the rules, read from a file
* `rules.toml`: those that the software comes with
* `watch`: raises and clears by the rules, each few seconds

Read in this order: `model`, `rules`, `conditions`, `watch`.
"""
