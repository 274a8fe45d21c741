"""Cases: what duty officers do with incidents, and what an incident is by that.

An action is one transaction: the incident is locked, the caller's scope and the version that they saw are
checked, and one row of `incident_action`, an event for each field that changed, the decisions and the change
of the feed commit together. What a person set is a decision: no run of a feed reverts it
(`geo.loading.incidents`). The same key again gives the same answer and does nothing.

* `act`: an action on one incident or a selection: checked, done once, written; how many at a time
* `clicks`: a click is done once, also when it comes twice at the same moment
* `duplicates`: the original of a duplicate, without chains; what follows an original that becomes one
* `fields`: what an action can change, where each value is kept, and how it is written in an event
* `membership`: when an incident is part of its mass event no more
* `model`: the tables of actions and cases; outcomes, how far an escalation goes
* `proof`: a picture attached to an incident: how many, how far its clock may differ
* `state`: an incident with its case and decisions, locked and checked
* `undo`: how long an action or a batch can be undone, and what undoing writes
* `verbs`: each action's rule: what it asks for, when it is refused, what it sets; shelf and extension limits
* `viewers`: who looks at an incident now, after how long without a word they are gone
* `write`: the rows that an action writes: incident, decisions, case, events, change, audit

Times are UTC. Read in this order: `model`, `fields`, `verbs`, `act`.
"""
