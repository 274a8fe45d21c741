"""The machine under the product: what is installed, the private servers, the processes and who watches over
them.

Standard library only, because the launcher (`ikomek`) runs it before anything is installed. Its sentences are
for the person at the terminal and are English; what citizens' staff read on screens comes from
`dashboard/locale`.

* `accounts`: the system users that our processes run as
* `arguments`: what ./ikomek is told: its commands, their options, its help
* `backup`: a backup's file: a tar of manifest.json and database.dump (PostgreSQL's custom format,
  compressed), written whole or not at all
* `cluster`: the private PostgreSQL and Redis
* `configuration`: PostgreSQL's settings, and who may sign in as which role
* `database`: the product's database in the private server: its roles, PostGIS, and an owner who is no
  superuser
* `development`: for who changes the code
* `doctor`: ./ikomek doctor: what is missing on this machine, and how to get it
* `encryption`: a file sealed for a recipient, by programs made for it
* `errors`: what the person at the terminal is told, with the exit code
* `folders`: the data folder: whose each part of it is, and who may enter
* `handles`: a running process, held by the kernel's own handle (pidfd), whoever started it
* `installation`: where an installation lies, and what is put into it before anything can run
* `launcher`: the commands of ./ikomek
* `listening`: the address that the web server listens on: free before it starts, answering once it runs
* `logs`: what the processes wrote: one file each in the data folder's log
* `packages`: debian's packages that we stand on
* `paths`: where things are: the checkout, the code that runs, its virtual environment and the data folder
* `processes`: what runs under the supervisor, each a program of its own
* `programs`: where the servers' programs are
* `progress`: steps on the screen: a counting line on a terminal, plain lines elsewhere
* `python_packages`: the virtual environment .venv, filled from a lock file in which every file has its hash
* `resume`: whether an up goes on where another one was killed
* `scripts`: map scripts and fonts that browsers get from us, and the linter of our own
* `service`: ./ikomek service install: a systemd unit, so that it starts with the machine
* `sign_in_link`: a link that signs in is a key
* `state`: what runs, written down for status, down and the next up
* `supervisor`: holds the data folder's lock, starts everything, adopts what a killed one left, and restarts
  what dies
* `unpacked`: without root on Debian or Ubuntu
* `up`: ./ikomek up: what must be there before anything starts, and the hand-over to the watcher
* `watcher`: starts the supervisor, and again at once whenever it is killed

Read in this order: `errors`, `paths`, `cluster`, `packages`, `supervisor`, `watcher`.
"""
