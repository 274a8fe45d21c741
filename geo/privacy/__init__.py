"""Data about people: where they are, why, how long, who reads them; and what is told when somebody saw what
they should not have.

* `breach`: what one login saw and took out between two moments, and by when it must be told of
* `register`: the register: which columns hold personal data, and how long each is kept

The register is `register.toml`; every other column of the database stands in `columns.toml`. Read in this
order: `register`, `breach`.
"""
