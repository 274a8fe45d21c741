"""The database side of backup and restore.

* `backup`: the database side of backup and restore
* `read_only`: nobody writes into a database that a restored copy is about to replace
* `revocations`: what was taken from somebody stays taken
* `servers`: the databases of a server beside ours

The file of a backup, its encryption and its schedule are not here: `dashboard.machine.backup`,
`geo.work.daily_backup`.
"""
