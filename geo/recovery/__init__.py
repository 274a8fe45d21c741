"""The database side of backup and restore.

* `backup`: the database side of backup and restore
* `revocations`: what was taken from somebody stays taken

The file of a backup, its encryption and its schedule are not here: `dashboard.machine.backup`,
`geo.work.daily_backup`.
"""
