"""An invented electoral list for the demo city: persons that nobody is, with numbers that nobody can have,
and faults planted in known rows.

Everything is drawn from a seed: same buildings, scale and seed, same file. How addresses are written and
which faults are planted shares no table and no code with what reads, checks and matches them
(`geo.addresses`, `geo.voters`): it is their examiner.

* `faults`: which faults are planted in which rows (wrong digit, twice, under age ...), to be found there
* `invention`: the list as a file, as a program of its own
* `persons`: persons by building: ages, families, how many a flat
* `spellings`: ways to write an address, each with its share
* `writing`: the list and the answers to it as files; its size
"""
