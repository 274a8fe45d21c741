"""Work that is due by itself, whoever is at the desk. The process `jobs` (`dashboard.jobs`) does it.

* `daily_backup`: the plan of the daily backup
* `jobs`: jobs that are due at a time
* `retention`: what is purged once its time is over, table by table: the daily job maintain

Read in this order: `jobs`, `retention`, `daily_backup`.
"""
