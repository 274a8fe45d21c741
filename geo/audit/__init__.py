"""The audit: who did what, when, from where. Append-only, chained, signed.

A command calls `records.record_audit` in its own transaction. Writers never wait for each other here: a
sealer (a thread of the process `jobs`) comes behind them and chains what has been committed, and a signed
head of the chain leaves the database each minute. `verify` reads it all again.

* `acts`: what is recorded: each act's code, its kind and its parameters; a new act begins here
* `callers`: who acts, from which address, in which request: set by an entry point, read by records
* `chain`: the hash chain: what of a row is hashed, and the sealer that chains committed rows
* `checks`: a verification as a job or a command, and the record that it was made
* `durable`: files written so that they survive a crash (fsync)
* `heads`: the signed head of the chain, each minute, and the copy outside the database
* `keys`: the Ed25519 key that signs, and the public halves that verify
* `objects`: whether the tables are tables, and nothing stands in front of them
* `pruning`: how long the audit is kept where the city's file does not say (`audit` in its `[retention]`), and
  the signed checkpoint from which the chain then goes on
* `records`: the table, and the one function that writes it
* `restores`: how the chain goes on in a restored or a new database
* `statements`: which signed statements speak of the chain that stands now, and what is wrong with others
* `swaps`: rows that changed places
* `terminal`: who gives a command at a terminal: by the kernel, never by the environment
* `verify`: the whole chain read again: each row that was changed, removed or inserted

What can be found, and what cannot. A row that was sealed (a second after its commit) and is then changed,
removed or added to is found at its place. Whoever owns the database can compute the chain anew from there
on: then the signed heads no longer agree, and the place is known to the minute. What stands behind the last
head can be cut off or computed anew unseen: a verification says how many rows that is, and since when. So
can heads, by whoever may write where they lie: nothing signed for some minutes is a fault, and a copy of
them elsewhere knows more. Which chain stands is known by signed restores alone, never by a number in the
database. A row that is removed before it was sealed leaves only a number that is missing; so does a
transaction that was rolled back, so numbers that are missing are counted and never called tampering. A row
that a role which may insert has invented is a row like others, but it says which role wrote it: the audit
proves that nothing was changed afterwards, not that what was written is true. Nothing of this binds whoever
has the key.

Read in this order: `acts`, `records`, `chain`, `heads`, `verify`.
"""
