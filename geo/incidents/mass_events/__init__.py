"""Mass events: many incidents that are one, as when a street has no heating.

Those of one category within its radius and window are suggested; a person confirms them. From then on they
have one status and one answer for all callers, and are closed together. An incident says by `group_id` which
event it is part of. Each step writes an action on each of its incidents (`geo.incidents.cases.write`), so
that their timelines, decisions, audit and change feed are those of any action: no poll reverts it.

* `candidates`: which open incidents look like one event
* `commands`: what is done with one: join, leave, split, answer, status, close, reopen, dissolve
* `confirm`: how incidents become one, or are said to be none; the most that a person may join
* `members`: an event and its incidents under their locks, their checks, how a step writes them, and what
  holds at its end: the fewest that an event has
* `model`: the tables of events, their steps, the owner's rules, and suggestions that were turned down
* `preview`: what would be joined or split off, how far apart and in which districts
* `rules`: radius, window and least number of each category, as its owner edits them, and those of one
  that nobody edited
* `undo`: the last step taken back, and for how long

Lock order: the event, then its incidents by id. Read in this order: `model`, `members`, `confirm`,
`commands`.
"""
