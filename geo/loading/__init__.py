"""Loading: how a cleaned batch of rows becomes rows of the tables, set-based, all or nothing.

The ETL encodes a batch as CSV and hands it over with its run; each noun has a module here with its staging table and the statements that merge it.
A batch is one transaction: COPY to staging, the difference to what is stored, one upsert of that difference, and from the same difference the
events, the density deltas and the change rows. Rows that say nothing new cost one index look-up and write nothing.

`Batch` and `Written` (`staging`) are the door; `ledger` keeps the run's figures in the same transaction, and the feed's state; `inbox` what was pushed and
waits; `schedule` when a feed is due and when it is an alarm. `deliveries` numbers what comes, `order` decides between two versions of a row by it,
`identity` holds ids that begin anew, `findings` what is wrong with what a feed brings.
CRS: `lon`, `lat` are EPSG:4326 degrees, `x`, `y` EPSG:3857 metres; district and building are decided in EPSG:3857 with distances corrected by latitude.

Read in this order: `staging`, `order`, `incidents`, `ledger`.
"""
