"""Programs of others that read incidents here and send some: the city's app, social networks, dispatchers.

* `alerts`: public alerts: what a person declares public, as messages after CAP 1.2
* `declared`: the same from the card of an incident or a mass event: of what an officer sees, once for a click
* `intake`: a request that such a program sends becomes an incident, once for the program's own key
* `keys`: API keys: issued to a named client with a scope and an end, looked up, revoked
* `outbound`: which addresses this server may send to or fetch from
* `webhooks`: programs that are told of changes: subscriptions, their cursors, back-off, death

A client sees the kinds of incidents that its key names, by default those of services alone, and never who
called. Read in this order: `keys`, `intake`,
`webhooks`, `alerts`, `declared`.
"""
