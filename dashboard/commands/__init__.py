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

* `accounts`: ./ikomek user, wall and mode
* `ages`: the part of ./ikomek status that asks the database
* `audit`: ./ikomek audit verify|export
* `backup`: ./ikomek backup FILE, ./ikomek restore FILE, and the backup that is made every day (--daily)
* `bench`: ./ikomek bench [NAME]: runs tests/bench/NAME.py
* `calendar`: ./ikomek calendar: days off, moved days and hours of work
* `first_start`: what up does to a database before the processes start
* `meter`: how far long work is
* `precinct_files`: precincts from files and into files
* `precincts`: ./ikomek precincts import|check|accept|export|propose|reassign|compare
* `report`: ./ikomek report keep|list|verify
* `table`: rows on a terminal, in columns
* `voters`: ./ikomek voters import|check|worklist|decide|approve|status|rekey ...
* `voters_report`: what it prints of a list
"""
