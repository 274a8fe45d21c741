"""The package for the Central Election Commission: the list in force, precinct by precinct, in a form that
proves itself. Two exports of one version are the same bytes.

A folder: `precincts/NUMBER.xml` and `.csv` (the same rows), `voters.xsd`, `manifest.json` (counts, a Merkle
root of each precinct, SHA-256 of every file), `manifest.sig` (Ed25519 over the manifest) and `key.pem`;
from the command also the borders, the decision's text and the act of reconciliation.
Every row carries its salt, by which somebody who knows the row can be given a proof that it is in the list,
and the root shows nothing of who else is.

* `documents`: the format of the rows: the one module that knows it
* `export`: a version of the list becomes a package
* `manifest`: what a manifest must be before anything in it is used
* `merkle`: roots, and proofs that a row is under one
* `source`: the rows of a version, as they are transferred
* `unfinished`: where a package is being written, so that what a killed export has left is found and removed
* `verify`: a package against itself, and against the list that it came from

Read in this order: `source`, `documents`, `merkle`, `export`, `verify`.
"""
