"""The machine under the product: what is installed, the private servers, the processes and who watches over
them.

Standard library only, because the launcher (`ikomek`) runs it before anything is installed. Its sentences are
for the person at the terminal and are English; what citizens' staff read on screens comes from
`dashboard/locale`.

* `accounts`: the system users of our processes, and which of them may connect as which database role
* `answering`: whether a process that runs answers: a page, a PING, a pulse; asked by status too
* `archive`: the process of backups to a point in time: which are due, how the last one went
* `arguments`: the command line of ./ikomek: commands, options, --help
* `backup`: a backup's file: a tar of manifest.json and database.dump, written whole or not at all
* `cluster`: the private PostgreSQL and Redis: created, started, stopped, repaired
* `configuration`: PostgreSQL's settings (memory, connections), and who may sign in as which role
* `copies`: how the web server's template makes copies of itself
* `credentials`: secrets brought from outside: systemd's credentials, a command that asks a vault
* `cryptography`: the inventory of keys, algorithms and their uses, and how old keys are
* `database`: the product's database in the private server: roles made, PostGIS, an owner who is no superuser
* `development`: ./ikomek test, bench, dev: how many test processes, reloading
* `doctor`: ./ikomek doctor: what is missing on this machine (packages, users, room on the disk)
* `encryption`: a backup encrypted for a recipient by age or GnuPG
* `errors`: errors for the person at the terminal, with the exit code
* `folders`: the data folder's parts: owner and permissions of each
* `handles`: a running process held by pidfd, so that no other of the same number is met
* `installation`: the order of what is installed before anything can run, one at a time
* `launcher`: each command of ./ikomek, to what it leads; down, status, logs
* `listening`: the web server's port: free before the start, answering after it
* `logs`: log files: size at which they rotate, ./ikomek logs
* `packages`: Debian packages that are needed, and how they are installed
* `parts`: the processes as their supervisor holds them: adopted, started, waits between restarts, stopped
* `past_server`: the database as of a named second, on a socket of its own
* `paths`: where everything lies: checkout, code, virtual environment, data folder
* `pitr`: backups to a point in time by pgBackRest: its configuration, its commands
* `pitr_plan`: their plan, and what PostgreSQL is told to archive by
* `preparing`: migrations and the demo city, by a program of their own, before the application starts
* `processes`: the list of processes under the supervisor, and their commands
* `programs`: where postgres, redis and their tools are found
* `progress`: steps on the terminal, and the last lines of a step that failed
* `python_packages`: the virtual environment .venv, from the lock files with hashes
* `resume`: whether an up only has to start the processes again
* `scripts`: map scripts and fonts from npm: which files go to assets/vendor; the linter of our own
* `service`: ./ikomek service install: the systemd unit and what it protects
* `sign_in_link`: where the one-time sign-in link of a first start is shown or left
* `start_options`: what the last `up` was told, for the next one
* `state`: which processes run, written into the data folder for status, down, up; its lock
* `strays`: what still runs with a data folder when nobody watches over it: for status, down
* `supervisor`: starts the processes in their order, again where one dies at the start, and watches over them
* `supply`: ./ikomek sbom: the bill of materials, from the lock files and what is installed
* `template`: where each web server comes from, so that a killed one is replaced at once
* `unpacked`: PostgreSQL and Redis without root: Debian packages unpacked into the data folder
* `up`: ./ikomek up: its steps in order, how long it waits, room on the disk
* `watchdog`: what runs and does not answer: how long is too long, and of what is only slow
* `watcher`: starts the supervisor, and again whenever it is killed or ends by an error: waits in between
* `workplaces`: folders for what is not whole yet, and what a killed process left of them
* `welcome`: what a start prints: the time it took, addresses, the way to sign in

Read in this order: `errors`, `paths`, `cluster`, `packages`, `parts`, `supervisor`, `watcher`.
"""
