"""An invented electoral list for the demo city: persons that nobody is, with numbers that nobody can have,
and faults planted in known rows.

Everything is drawn from a seed: same buildings, scale and seed, same file. How addresses are written and
which faults are planted shares no table and no code with what reads, checks and matches them
(`geo.addresses`, `geo.voters`): it is their examiner.

* `faults`: what is planted: which rows, and what should be found
* `persons`: who lives where
* `spellings`: the ways in which people write an address
* `writing`: the list and its answers as files
"""
