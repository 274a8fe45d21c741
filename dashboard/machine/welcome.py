"""What a start prints once everything runs: how long it took, where to look, how to sign in."""

from __future__ import annotations

from dashboard.machine.processes import Options
from dashboard.machine.progress import say
from dashboard.machine.sign_in_link import hand_over

PAGES = (
    ("/wall/operations", "the wall"),
    ("/map", "the duty officer's map"),
    ("/feeds", "the feeds"),
)


def greet(options: Options, sign_in: str | None, seconds: float) -> None:
    """`sign_in`: the path of the one-time link, if this start made one."""
    say(f"\nStarted in {seconds:.1f} s.")
    print_addresses(options)
    if sign_in:
        hand_over(f"{options.address}{sign_in}", options.data)
    else:
        say("Sign in with a user of your own: ./ikomek user add NAME --role administrator")


def print_addresses(options: Options) -> None:
    for path, what in PAGES:
        say(f"  {options.address}{path:<18} {what}")
