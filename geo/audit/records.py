"""The table of the audit, and the one function that writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.acts import ACTS
from geo.audit.callers import CALLER_TYPES, caller
from geo.base import Base, Now


class Audit(Base):
    """Append-only; `id`, `at`, `transaction` and `written_by` are the database's own. `at` is when the
    transaction began. `written_by` is the role that signed in to it, whoever `who` says: none of our roles
    may fill it, and rows of before it was recorded have none. `transaction` numbers it, by which the sealer
    knows what has been committed; it is the one column that the chain does not cover, for a restored copy
    counts its transactions anew (0: before the chain, or restored)."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint(
            "caller_type in ({})".format(", ".join(f"'{type_}'" for type_ in CALLER_TYPES)),
            name="caller_type",
        ),
        Index("ix_audit_transaction_id", "transaction", "id"),
        Index("ix_audit_who_id", "who", "id"),
        Index("ix_audit_what_id", "what", "id"),
        Index("ix_audit_at", "at"),
        Index(
            "ix_audit_subject",
            text("(parameters ->> 'subject')"),
            postgresql_where=text("parameters ? 'subject'"),
        ),
        Index(
            "ix_audit_house",
            text("((parameters ->> 'building')::bigint)"),
            postgresql_where=text("what = 'voters.house_seen'"),
        ),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[Now]
    who: Mapped[str]
    what: Mapped[str]
    parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    caller_type: Mapped[str]
    origin: Mapped[str | None]
    page: Mapped[str | None]
    request_id: Mapped[str | None]
    transaction: Mapped[int] = mapped_column(server_default=text("(pg_current_xact_id()::text)::bigint"))
    written_by: Mapped[str | None] = mapped_column(server_default=text("session_user"))


INSERT = text("""insert into audit (who, what, parameters, caller_type, origin, page, request_id)
    values (:who, :what, cast(:parameters as jsonb), :type, :origin, :page, :request_id)""")

INSERT_ALL = text("""insert into audit (who, what, parameters, caller_type, origin, page, request_id)
    select :who, :what, r.parameters, :type, :origin, :page, :request_id
    from jsonb_array_elements(cast(:rows as jsonb)) as r (parameters)""")


def record_audit(connection: Connection, who: str, what: str, **parameters: object) -> None:
    """One row of the audit, in the transaction of what it records. `what` and its `parameters` are those of
    `geo.audit.acts`: keys, counts and codes, never personal data and never what a row holds.

    Raises `ValueError` for what `geo.audit.acts` does not know: it would be a mistake of ours."""
    check_act(what, parameters)
    by = caller.get()
    connection.execute(
        INSERT,
        {
            "who": who,
            "what": what,
            "parameters": json.dumps(parameters, ensure_ascii=False),
            "type": by.type,
            "origin": by.origin,
            "page": by.page,
            "request_id": by.request_id,
        },
    )


def record_audits(connection: Connection, who: str, what: str, rows: Sequence[Mapping[str, object]]) -> None:
    """The same act, once for each of `rows` of parameters, in one statement."""
    for parameters in rows:
        check_act(what, parameters)
    by = caller.get()
    connection.execute(
        INSERT_ALL,
        {
            "who": who,
            "what": what,
            "rows": json.dumps(rows, ensure_ascii=False),
            "type": by.type,
            "origin": by.origin,
            "page": by.page,
            "request_id": by.request_id,
        },
    )


def check_act(what: str, parameters: Iterable[str]) -> None:
    """Raises `ValueError` for an act or a parameter that is not in `ACTS`."""
    known = ACTS.get(what)
    if known is None:
        raise ValueError(f"geo.audit.acts has no act {what}")
    if unknown := set(parameters) - known.parameters:
        raise ValueError(f"geo.audit.acts gives {what} no {', '.join(sorted(unknown))}")
