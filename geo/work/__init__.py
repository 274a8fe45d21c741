"""Work that is due by itself, whoever is at the desk. The process `jobs` (`dashboard.jobs`) does it.

* `access_mails`: what people are told of their access, as it waits to be sent by mail
* `daily_backup`: the stored plan of the daily backup: at what time, into which folder, how many files stay
* `jobs`: a job claimed by one process at its time, tried again after a failure: after how long
* `outbox`: what waits to be sent: taken for how long, tried again after how long, when it is given up
* `retention`: how many days rows are kept, table by table (inbox, runs, rejects, sessions ...), and the purge

Read in this order: `jobs`, `retention`, `daily_backup`.
"""
