"""The lock between making a plan and loading the register of buildings: each sees all that the other has
written. Beside each other, the plan would not know the new buildings, and they would not know the plan."""

from __future__ import annotations

from sqlalchemy import Connection, text

from geo.settings import City

SPACE = 8111
"""First of the two numbers of the advisory lock; the second is a hash of the region."""


def hold_register(connection: Connection, city: City) -> None:
    """Until the end of the caller's transaction no building follows the register: a plan is being made."""
    _take(connection, city, "pg_advisory_xact_lock")


def hold_plans(connection: Connection, city: City) -> None:
    """Until the end of the caller's transaction no plan is made: buildings follow the register, or a tag."""
    _take(connection, city, "pg_advisory_xact_lock_shared")


def _take(connection: Connection, city: City, function: str) -> None:
    connection.execute(
        text(f"select {function}(:space, hashtext(:region))"), {"space": SPACE, "region": city.region}
    )
