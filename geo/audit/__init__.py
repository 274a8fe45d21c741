"""The audit: who did what, when, from where. Append-only, chained, signed.

A command calls `records.record_audit` in its own transaction. Writers never wait for each other here: a
sealer (a thread of the process `jobs`) comes behind them and chains what has been committed, and a signed
head of the chain leaves the database each minute. `verify` reads it all again.

* `acts`: what is recorded, by code: kind and parameters
* `callers`: who acts, from where, in which request
* `chain`: the hash chain: what is hashed, sealing
* `checks`: a verification of this installation, and the record of it
* `durable`: files that are there once they have been written
* `heads`: signed statements about the chain, in files outside the database
* `keys`: the Ed25519 key that signs, and the public halves that verify
* `pruning`: what is older than its time leaves, and the chain goes on from a signed checkpoint
* `records`: the table, and the one function that writes it
* `restores`: a restored copy goes on with the chain that it holds, and says so; so does a database made anew
* `verify`: which row was changed, removed or inserted

What can be found, and what cannot. A row that was sealed (a second after its commit) and is then changed,
removed or added to is found at its place. Whoever owns the database can compute the chain anew from there
on: then the signed heads no longer agree, and the place is known to the minute. A row that is removed
before it was sealed leaves only a number that is missing; so does a transaction that was rolled back, so
numbers that are missing are counted and never called tampering. A row that a role which may insert has
invented is a row like others: the audit proves that nothing was changed afterwards, not that what was
written is true.

Read in this order: `acts`, `records`, `chain`, `heads`, `verify`.
"""
