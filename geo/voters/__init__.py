"""The electoral list: personal data of every voter, kept true, in a schema of its own.

What identifies a person is sealed (AES-GCM) by a key of each version of the list, and found again by keyed
hashes; the keys lie outside the database. The web's roles have no right here. A file becomes a version,
another person approves it, and only counts of houses leave this room.

* `approval`: a checked version into force, with the counts of houses and precincts
* `checks`: what rows say against each other: doubles, two precincts, namesakes
* `compare`: a version against the one in force, house by house; sums; implausible changes
* `iin`: the individual identification number and its check digit
* `importing`: a file becomes a version, in one transaction
* `kept`: whose new row was refused stays as they were
* `keys`: where the keys are: files outside the database, wrapped by the master key
* `looks`: the only door to one person
* `matching`: address lines to buildings, with score and reason
* `model`: the tables
* `rekey`: new keys for every version; a version erased
* `rows`: rows as they are read, and what is wrong with one by itself
* `rules`: decisions on address lines, kept for later lists
* `sealing`: what one key does: seal, find, compare
* `staging`: rows sealed and copied
* `worklist`: addresses that are not sure, and decisions on them

Read in this order: `model`, `sealing`, `keys`, `importing`, `compare`, `approval`.
"""
