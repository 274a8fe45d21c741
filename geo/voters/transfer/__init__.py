"""A package on its way to the election commission: sent once, however often that is tried, until a receipt
for exactly these bytes is kept.

The receiver gets one file, a tar of the package's folder, whose bytes follow from the package alone: that is
what makes a broken transfer go on at a byte. Its SHA-256 is never sent: a receipt that names it was written
by somebody who has read the whole of it.

* `archive`: the folder as one file, from any byte on, never written to a disk
* `channel`: what a way to the receiver can do
* `destination`: the file of settings: where to, with which keys, how patiently
* `https`: by HTTPS with a client certificate
* `model`: the table of transfers, and how one stands
* `receipts`: what the receiver confirms
* `send`: the order of the steps, tried again until the receipt is kept
* `sftp`: by SFTP, read back before it gets its name

Read in this order: `destination`, `archive`, `channel`, `send`.
"""
