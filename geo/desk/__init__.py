"""The three levels at work: an inspector checks, a performer works, the citizen hears of it and judges.

Every step is an action of `geo.incidents.cases` (an event, decisions, the audit), and what no action holds
is a row here, in the same transaction.

* `check`: what an inspector finds right, or corrects; each correction is counted
* `citizens`: the mark that a citizen gives, and reopening by them: how long after it was closed
* `extensions`: more time, asked for by a performer, decided by an inspector
* `gateways`: the channels that can send a message to a citizen, read from the file of
  `IKOMEK_CITIZEN_GATEWAYS`
* `messages`: which event of an incident is told to its citizen; the outbox of what is sent
* `model`: the tables
* `once`: a step that is no action is done once for a click
* `organisation`: whose case an incident is; what a performer does with their own
* `queues`: what waits for an inspector, and which closed cases are drawn to be checked: SQL
* `rules`: the section [desk] of the city's file: days to reopen, one of how many is drawn

Times are UTC. Read in this order: `model`, `queues`, `check`, `organisation`.
"""
