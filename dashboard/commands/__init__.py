"""The commands of `./ikomek` that need the installed packages, one module a subject; `dashboard.cli` composes
them.

Each offers `main(settings, argv) -> exit code`, where `argv[0]` is the command's own name.

To add one:

1. `dashboard/commands/NAME.py`: `main`
2. `dashboard/commands/__init__.py`: its line in the list below
3. `dashboard/cli.py`: a function that imports it, and its line in COMMANDS
4. `dashboard/machine/arguments.py`: its name in INSIDE, its line in GROUPS for `--help`
5. `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`: its words, "command.NAME...", in each language
6. `tests/dashboard/commands/test_NAME.py`

* `ages`: the part of ./ikomek status that asks the database: ages of feeds, states of jobs
* `alert`: ./ikomek alert publish|cancel|list
* `answers`: ./ikomek answers check|import|export
* `api`: ./ikomek api: keys and webhooks of programs of others
* `audit`: ./ikomek audit verify|export
* `attempts`: how the last backup by hand went, kept in the data folder, for status
* `backup`: ./ikomek backup and restore, and the daily backup (--daily): how many are kept by default
* `bench`: ./ikomek bench [NAME]: runs tests/bench/NAME.py
* `calendar`: ./ikomek calendar: days off, moved days and hours of work
* `first_start`: what up does to a database first: migrations, and the demo city into an empty one
* `given_times`: days and moments on a command line
* `mass`: ./ikomek mass: radius and window of mass events by category
* `meter`: the progress line of long commands
* `mistakes`: what is wrong in a file that people write, by line
* `mode`: ./ikomek mode: normal, drill or hotline
* `pitr`: ./ikomek backup pitr on|off|now|status|get: any second brought back
* `precinct_files`: the files of ./ikomek precincts: what is read, reported of faults, written
* `precincts`: ./ikomek precincts import|check|accept|export|propose|reassign|compare: arguments and steps
* `prevention`: ./ikomek prevention add|done|drop|list
* `privacy`: ./ikomek privacy list|breach: what is kept about people, the report of a breach
* `projects`: ./ikomek projects check|adopt|list
* `rating`: ./ikomek rating check|adopt|compute|close|verify|list|object|decide
* `report`: ./ikomek report keep|list|verify|shift
* `report_papers`: ./ikomek report morning|week|month|kept|open|reprint|schedule|share|links|unshare: the days
  of each
* `roster`: ./ikomek roster check|adopt|needed
* `table`: rows on a terminal, in columns
* `user`: ./ikomek user add|list|disable|password|token|unlock|tokens|sessions|end|reset-second-factor|...
* `voters`: ./ikomek voters import|check|worklist|decide|approve|status|rekey ...
* `wall`: ./ikomek wall token|list|revoke|check|turn: the screens
"""
