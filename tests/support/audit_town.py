"""Writers of the audit, and what somebody who owns the database could do to it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from geo.audit import heads, keys
from geo.audit.chain import next_hash
from geo.audit.records import record_audit
from geo.audit.verify import Report, verify
from geo.settings import Settings


def write(engine: Engine, whos: Iterable[str]) -> None:
    """One act each, each in a transaction of its own."""
    for who in whos:
        with engine.begin() as connection:
            record_audit(connection, who, "signed_in", way="password")


def report(settings: Settings, auditor: Engine, *folders: Path) -> Report:
    """What a verification finds, with the keys that lie beside the heads."""
    searched = folders or heads.folders_of(settings)
    return verify(auditor, searched, keys.read_public(searched))


def tamper(connection: Connection, how: str, position: int) -> tuple[str, int | None]:
    """Do `how` to the row at a position of the chain, as its owner; returns the fault that tells of it and
    its position (none: of a row that the chain never had)."""
    row = connection.execute(
        text("select audit_id, hash from audit_seal where position = :position"), {"position": position}
    ).one()
    bound = {"id": row.audit_id, "position": position}
    for statement in TAMPERINGS[how]:
        connection.execute(text(statement), bound)
    return FAULT[how], None if how == "insert" else position


TAMPERINGS = {
    "who": ("update audit set who = who || 'x' where id = :id",),
    "what": ("update audit set what = 'signed_out' where id = :id",),
    "at": ("update audit set at = at + interval '1 microsecond' where id = :id",),
    "parameters": ("""update audit set parameters = '{"way": ""}' where id = :id""",),
    "origin": ("update audit set origin = '10.0.0.1' where id = :id",),
    "caller": ("update audit set caller_type = 'stranger' where id = :id",),
    "null": ("update audit set parameters = 'null' where id = :id",),
    "remove": ("delete from audit where id = :id",),
    "remove_whole": (
        "delete from audit where id = :id",
        "delete from audit_seal where position = :position",
    ),
    "hash": ("update audit_seal set hash = sha256(hash) where position = :position",),
    "insert": (
        """insert into audit (id, at, who, what, caller_type, transaction) overriding system value
        select max(id) + 1000, min(at), 'nobody', 'signed_in', 'person', 1 from audit""",
    ),
}
FAULT = {
    **dict.fromkeys(("who", "what", "at", "parameters", "origin", "caller", "null"), "changed"),
    "remove": "removed",
    "remove_whole": "removed_seals",
    "hash": "hash",
    "insert": "inserted",
}


def compute_anew(connection: Connection, first: int) -> None:
    """The chain from a position on, as somebody who owns the database can make it agree with itself."""
    from geo.audit.chain import DIGEST, GENESIS

    before = connection.scalar(
        text("select hash from audit_seal where position = :before"), {"before": first - 1}
    )
    hash_ = bytes(before) if before else GENESIS
    rows = connection.execute(
        text(f"""select s.position, {DIGEST} as digest from audit_seal s
        join audit a on a.id = s.audit_id where s.position >= :first order by s.position"""),
        {"first": first},
    ).all()
    for row in rows:
        hash_ = next_hash(hash_, row.position, row.digest)
        connection.execute(
            text("update audit_seal set hash = :hash where position = :position"),
            {"hash": hash_, "position": row.position},
        )
