"""What the machine measures of itself: disks, memory, processors, the database and those that replicate it,
the certificate, the age of backups. The process `jobs` measures and writes; alarms by the rules look at what
stands in the table, the page /operations shows it with its history.

* `backups`: how long ago the last good backup was made: by day, and to a point in time
* `certificate`: how many days the certificate that browsers are shown still holds
* `database`: figures of the database server: connections, replication, archiving of its log, the
  seal of the audit
* `host`: disks, memory and processors of this machine
* `model`: the tables: what was measured last, and the history
* `reading`: one measured value: its key, its subject, its unit
* `record`: measures all of it and writes it down

To add a measure: a line in `reading.MEASURES`, the module that measures it, and "operations.measure.KEY" in
each catalogue; for an alarm, a condition (`geo.alarms.conditions`).

Read in this order: `reading`, `host`, `record`.
"""
