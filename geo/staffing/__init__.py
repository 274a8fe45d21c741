"""How many operators each hour takes: from the calls that are expected and the goals of answering, beside the
roster.

* `adopt`: a roster becomes the one in force; every one that was adopted is kept
* `erlang`: queues without and with people who give up (Erlang C, Erlang A)
* `model`: the table of rosters
* `need`: the fewest operators that reach the goals; how patient callers are
* `roster`: the roster's file: its keys, what is wrong with it by line, who is on duty in an hour

Times are seconds, a load is in erlangs (calls a second times the seconds that one takes). Read in this order:
`erlang`, `need`, `roster`.
"""
