"""The database side of backup and restore.

* `backup`: the snapshot that a backup is made of, rows checked after a restore, and the swap of databases
* `decisions`: what was decided after the backup and is gone, counted from the replaced database's audit
* `pushes`: what was acknowledged after the backup: taken over while it waits, counted where it was loaded
* `read_only`: a database closed for writing while its copy is made ready
* `revocations`: sessions, tokens and accounts that were ended after the backup stay ended in the copy
* `servers`: databases beside ours: made, renamed, dropped; sessions sent away

The file of a backup, its encryption and its schedule are not here: `dashboard.machine.backup`,
`geo.work.daily_backup`.
"""
