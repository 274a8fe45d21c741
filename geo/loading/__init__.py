"""Loading: how a cleaned batch of rows becomes rows of the tables, set-based, all or nothing.

The ETL encodes a batch as CSV and hands it over with its run. A batch is one transaction: COPY to staging,
the difference to what is stored, one upsert of that difference, and from the same difference the events, the
density deltas and the change rows. Rows that say nothing new cost one index look-up and write nothing.

* `basemap`: the basemap's features
* `buildings`: the tag, the outline, the address folded for matching, and the district
* `by_hand`: an incident that an officer creates on the map
* `calls`: telephony totals by the hour
* `deliveries`: which delivery a run reads, and how a poll keeps what it has read
* `density`: what a difference of incidents does to the density
* `district_pieces`: the city's districts cut into small pieces
* `districts`: districts, and what follows when a border changes
* `findings`: what is wrong with a feed's content, as its runs find it
* `identity`: ids that begin anew: rows under ids that are known, which happened at quite another time
* `inbox`: the inbox as the ETL empties it
* `incidents`: staging, the difference, one upsert, and its events, density deltas and changes
* `inquiries`: inquiries with the incidents they lead to
* `ledger`: the run's figures, kept in the transaction of each batch, and the state of its feed
* `listed`: what a snapshot has listed so far, kept in the session of its run over all its batches
* `order`: which of two versions of a row is the later one, whatever order they arrive in
* `placing`: points for staged rows that have an address and no point
* `precincts`: precincts of a file as a draft
* `pressing`: when the deadlines of staged incidents begin to press
* `references`: categories, performers and managers
* `schedule`: when a polled feed is due, how long a failing one is left alone, and when it becomes an alarm
* `staging`: a batch on its way into the tables
* `upsert`: the upsert that the plainer nouns share

CRS: `lon`, `lat` are EPSG:4326 degrees, `x`, `y` EPSG:3857 metres; district and building are decided in
EPSG:3857 with distances corrected by latitude. Read in this order: `staging`, `order`, `incidents`, `ledger`.
"""
