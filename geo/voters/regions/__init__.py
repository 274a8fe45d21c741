"""Persons who stand in the lists of two regions, found without either region showing its numbers.

Each region multiplies the point of every IIN (a hash onto the curve P-256) by a secret scalar of its own
(Diffie-Hellman). What was multiplied by both is the same on both sides for the same number, whoever came
first; what was multiplied by one secret alone is a random point to everybody else: who tries all IINs has
nothing to compare them with.

1. A begins: its points times a, in the order of their values.
2. B answers: those times b, in the order in which they came; and its own points times b.
3. A finishes: it knows which of its persons are B's too; it returns B's points times a.
4. B finishes: it knows which of its persons are A's too: the same ones.

Protected: each side learns who is in both lists, and how many the other has; a third reader learns the counts
alone. Every comparison has a session and secrets of its own, destroyed when it is finished: no file says
anything beside another one.

Not protected: a side that puts numbers into its list that it only guesses learns of each whether the other
has it. The counts of both sides are therefore shown, kept and audited, and `answer` refuses a file of more
rows than it was told to expect. Nobody vouches for who sent a file: compare the SHA-256 by another way.

* `blinding`: the point of a number, and its multiplication by a secret
* `doubles`: the persons found: what is decided on each, by whom and why; the lists to come keep to it
* `files`: what two regions exchange
* `model`: the tables
* `steps`: begin, answer, finish: a list, its secret, the file in and the file out

Read in this order: `blinding`, `files`, `model`, `steps`, `doubles`.
"""
