"""Work that is due by itself, whoever is at the desk: `jobs` (what is due, claimed by one process and retried), `daily_backup` (the plan of the
daily backup), `retention` (what is purged after its time, table by table).

The process `jobs` (`dashboard.jobs`) does it. Read in this order: `jobs`, `retention`, `daily_backup`.
"""
