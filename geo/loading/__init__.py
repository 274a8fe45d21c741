"""Loading: how a cleaned batch of rows becomes rows of the tables, set-based, all or nothing.

The ETL encodes a batch as CSV and hands it over with its run. A batch is one transaction: COPY to staging,
the difference to what is stored, one upsert of that difference, and from the same difference the events, the
density deltas and the change rows. Rows that say nothing new cost one index look-up and write nothing.

* `basemap`: basemap features written; those that a snapshot no longer lists removed
* `binary_rows`: rows in the binary form of COPY
* `buildings`: buildings written: tag (a person's stays), outline, folded address, district
* `by_hand`: an incident that an officer creates on the map
* `calls`: telephony totals by the hour written
* `decided`: what a person decided about an incident holds against what its source says
* `deliveries`: which number a run's delivery gets, what was read, watermarks and cursors of a poll
* `density`: the density's delta from a batch of incidents
* `districts`: districts written, incidents and buildings assigned again when a border changes
* `findings`: findings put and cleared at the end of a run, and the usual figures that they compare with
* `identity`: refuses a batch whose known ids belong to something else (numbering began anew)
* `inbox`: the order of what waits in the inbox, attempts, waits between them, how an entry ends
* `incidents`: incidents written: difference, building, whose value holds, events, what a snapshot closes
* `inquiries`: inquiries with the incidents they lead to
* `ledger`: a run begun, counted, ended or failed; the state of its feed; rejected rows kept
* `listed`: which ids a snapshot has listed so far
* `order`: which of two versions of a row is later
* `placing`: points for staged rows without one (geocoding), the building of each, districts cut into pieces
* `precincts`: a file of precincts as a draft of a plan, unless the feed said the same before
* `references`: categories, performers and managers written, found by their key
* `schedule`: when a feed is polled, waits after failures, when silence or a backlog becomes an alarm
* `staging`: a batch copied (COPY) into a temporary table; what every loader is given and gives back
* `upsert`: the upsert of the simpler tables: new, changed, unchanged

CRS: `lon`, `lat` are EPSG:4326 degrees, `x`, `y` EPSG:3857 metres; district and building are decided in
EPSG:3857 with distances corrected by latitude. Read in this order: `staging`, `order`, `incidents`, `ledger`.
"""
