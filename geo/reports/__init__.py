"""Reports that are made by themselves: when each is due, what is kept of it, who gets it by mail, and links
to it for those inside the network.

What a report says is one line of canonical JSON without a word in it; its papers (PDF, one a language) are
made of that line alone.

* `keep`: a report kept with its papers and its mails; the list; one opened
* `links`: a link that opens one paper for a while, without an account: made, revoked, opened
* `mails`: which reports wait to be sent, and to whom
* `model`: the tables
* `schedule`: the file of `IKOMEK_REPORTS`: which report, when, in which languages, to whom

Read in this order: `schedule`, `model`, `keep`, `mails`, `links`.
"""
