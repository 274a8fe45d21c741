"""Cases: what duty officers do with incidents, and what an incident is by that.

An action is one transaction: the incident is locked, the caller's scope and the version that they saw are
checked, and one row of `incident_action`, an event for each field that changed, the decisions and the change
of the feed commit together. What a person set is a decision: no run of a feed reverts it
(`geo.loading.incidents`). The same key again gives the same answer and does nothing.

* `act`: an action on one incident, or on a selection with a preview
* `fields`: what an action can change, where each value is kept, and how it is written in an event
* `model`: the tables of actions and cases
* `proof`: a picture that is attached to an incident
* `state`: an incident with its case and decisions, locked and checked
* `undo`: an action, or that on a whole selection, undone within half a minute
* `verbs`: the actions: what each asks for, when it is refused, and what it sets
* `viewers`: who looks at an incident now
* `write`: what an action changes, written with its events, decisions and change

Times are UTC. Read in this order: `model`, `fields`, `verbs`, `act`.
"""
