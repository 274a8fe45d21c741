"""Escalation by rules: who must act next on an incident that nobody acknowledges or that is late. Each step
is an action like a person's, with its event, and is told by mail and webhook through an outbox, so that what
was escalated is told, whatever dies.

* `model`: the outbox
* `next_step`: when a rule will take the next step, for whoever looks at an incident
* `outbox`: what waits to be told, taken and ticked off
* `rules`: the steps, read from the file of `IKOMEK_ESCALATION_RULES`
* `steps`: takes the steps that are due

Read in this order: `rules`, `steps`, `next_step`, `model`, `outbox`.
"""
