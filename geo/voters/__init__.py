"""The electoral list: personal data of every voter, kept true, in a schema of its own.

What identifies a person is sealed (AES-GCM) by a key of each version of the list, and found again by keyed
hashes; the keys lie outside the database. The web's roles have no right here. A file becomes a version,
another person approves it, and only counts of houses leave this room.

* `access`: who saw one person, and whom one login saw
* `alike`: doubtful addresses of one kind decided together, and shown before
* `answers`: requests that the list's process answers: overview, decisions, approval, looks
* `approval`: flags accepted; a version approved by another person than its loader; counts
* `cells`: what may stand in a row: invisible characters, what no paper can hold, lost letters, lengths
* `checks`: rows compared with each other: one number twice, two houses, two precincts, namesakes
* `client`: how the web server asks the list's process: one line each way on its socket
* `compare`: a new version against the one in force, by house and precinct; which change is implausible
* `forgetting`: a version's persons deleted: rejected, or erased
* `given`: what a request may hold: its types, and free text that is kept in the audit
* `houses`: a version house by house: counts of a precinct's houses, and who changes in one of them
* `iin`: the individual identification number and its check digit
* `importing`: a file becomes a version in one transaction: the order of its steps
* `kept`: persons whose new row was refused keep their old one
* `keys`: files of keys: made, wrapped, settled, renewed, destroyed
* `limits`: how much one person may ask for in a time; each refusal is recorded
* `lasting`: keys that outlive the versions: which is in force while they are renewed
* `looks`: one person by exact IIN, or those of a house: reasons, recorded first
* `masters`: the master key, and its exchange for another
* `matching`: an address line matched to a building: scores, what is sure enough, candidates
* `model`: the tables (schema voters), and which version is in force
* `package`: the list as it is transferred to the election commission
* `planning`: how the database plans statements over whole lists
* `printed`: lists of precincts for their commissions, in the order of names or addresses
* `regions`: persons in the lists of two regions, found without showing a number
* `rekey`: everything sealed anew under new keys
* `retention`: lists whose time is over are erased; keys that a killed import left
* `rows`: one row by itself: fields that are needed, birth date, voting age, IIN, deceased
* `rules`: a person's decision on an address line, kept for later lists
* `sealer_process`: persons sealed in a process of its own, beside the one that reads the next rows
* `sealing`: the cryptography: sealed values, keyed hashes
* `service`: the list's process (of the supervisor), which alone reads the keys
* `staging`: rows encrypted, hashed and copied (COPY) into the tables
* `sweeping`: implausible besides the totals: many corrected, a column that is gone, persons perhaps lost
* `transfer`: a package on its way to the commission, until its receipt is kept
* `without`: persons of the list in force without a building, page by page
* `worklist`: address lines that are not sure, most persons first, and decisions on them

Read in this order: `model`, `sealing`, `keys`, `importing`, `compare`, `approval`.
"""
