"""Passkeys (WebAuthn) as second factor: a key that stays in a device, a stick or a password manager, and
signs a challenge of ours for the host that it was made for, so that no other site can ask for it.

A challenge belongs to one session, whole or half, and is used up. What a device says of its make is not
asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from sqlalchemy import Connection, Engine, ForeignKey, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.accounts import notices, second_factor
from geo.accounts.sessions import ID_LENGTH, hash_token
from geo.accounts.users import live_user_id
from geo.audit.records import record_audit
from geo.base import Base, Now
from geo.errors import Conflict, InvalidInput, NotFound, Unauthenticated

MOST = 10
"""Passkeys of one person."""
LABEL_MAX = 60
CHALLENGE_LASTS = timedelta(minutes=5)
PRODUCT = second_factor.ISSUER


class Passkey(Base):
    """`public_key` is COSE, as the device gave it; `host` the one that it was made for; `sign_count` how
    often the device says it was used, 0 for those that do not count."""

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    host: Mapped[str]
    label: Mapped[str]
    created_at: Mapped[Now]
    used_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """What a session has to have signed: the last that it asked for."""

    __tablename__ = "passkey_challenge"
    token_hash: Mapped[str] = mapped_column(
        ForeignKey("user_session.token_hash", ondelete="CASCADE"), primary_key=True
    )
    challenge: Mapped[bytes]
    created_at: Mapped[Now]


@dataclass(frozen=True)
class RelyingParty:
    """`host` without its port, for which a passkey is made, and the whole `origin` of our pages."""

    host: str
    origin: str

    @property
    def can(self) -> bool:
        """Whether browsers make passkeys for it: they do for a name, and for no address."""
        try:
            ip_address(self.host.strip("[]"))
        except ValueError:
            return True
        return False


@dataclass(frozen=True)
class Listed:
    id: int
    label: str
    host: str
    created_at: datetime
    used_at: datetime | None


def list_passkeys(engine: Engine, name: str) -> list[Listed]:
    """Those of a person, the oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
            select p.id, p.label, p.host, p.created_at, p.used_at
            from passkey p join app_user u on u.id = p.user_id where u.name = :name order by p.id"""),
            {"name": name},
        )
        return [Listed(**row) for row in rows.mappings()]


def begin(engine: Engine, name: str, session: str, site: RelyingParty) -> str:
    """What a browser needs to make one (JSON). `session`: the id of the person's session. Raises
    `InvalidInput` ("passkey.host"), `Conflict` ("passkey.many"), `NotFound` ("user.session")."""
    from webauthn import generate_registration_options, options_to_json  # half a second, and few need it
    from webauthn.helpers import structs

    if not site.can:
        raise InvalidInput("passkey.host", host=site.host)
    with engine.begin() as connection:
        user_id = live_user_id(connection, name)
        known = _credentials(connection, user_id)
        if len(known) >= MOST:
            raise Conflict("passkey.many", most=MOST)
        options = generate_registration_options(
            rp_id=site.host,
            rp_name=PRODUCT,
            user_id=str(user_id).encode(),
            user_name=name,
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.PREFERRED
            ),
        )
        _keep_challenge(connection, _session_hash(connection, user_id, session), options.challenge)
        return options_to_json(options)


def add(engine: Engine, name: str, session: str, site: RelyingParty, answer: str, label: str) -> bool:
    """Keep the one that the browser made (`answer`, JSON) under a name that its owner gives it; whether it is
    their first second factor. Raises `InvalidInput` ("passkey.not_made", "passkey.label"), `Conflict`
    ("passkey.many", "passkey.known")."""
    from webauthn import verify_registration_response

    label = label.strip()
    if not label or len(label) > LABEL_MAX or not label.isprintable():
        raise InvalidInput("passkey.label", longest=LABEL_MAX)
    with engine.begin() as connection:
        user_id = live_user_id(connection, name)
        first = not second_factor.is_confirmed(connection, user_id)
        challenge = _use_challenge(connection, _session_hash(connection, user_id, session))
        if challenge is None:
            raise InvalidInput("passkey.not_made")
        try:
            made = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
            )
        except _refusals():
            raise InvalidInput("passkey.not_made") from None
        # One at a time for a person, so that the limit holds.
        connection.execute(
            text("select id from app_user where id = :user for no key update"), {"user": user_id}
        )
        if len(_credentials(connection, user_id)) >= MOST:
            raise Conflict("passkey.many", most=MOST)
        number = connection.scalar(
            text("""
            insert into passkey (user_id, credential_id, public_key, sign_count, host, label)
            values (:user, :credential, :key, :count, :host, :label)
            on conflict (credential_id) do nothing returning id"""),
            {
                "user": user_id,
                "credential": made.credential_id,
                "key": made.credential_public_key,
                "count": made.sign_count,
                "host": site.host,
                "label": label,
            },
        )
        if number is None:
            raise Conflict("passkey.known")
        notices.add_notice(connection, user_id, "passkey_added")
        record_audit(connection, name, "passkey.added", number=number)
        return first


def ask(engine: Engine, token: str, site: RelyingParty) -> str:
    """What a browser needs to sign with one (JSON), for half a session. Raises `Unauthenticated`
    ("sign_in.half"), `NotFound` ("passkey.none")."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import structs

    with engine.begin() as connection:
        user_id = connection.scalar(
            text("""select user_id from user_session
                where token_hash = :hash and type = 'half' and revoked_at is null and expires_at > now()"""),
            {"hash": hash_token(token)},
        )
        if user_id is None:
            raise Unauthenticated("sign_in.half")
        known = _credentials(connection, user_id, site.host)
        if not known:
            raise NotFound("passkey.none", host=site.host)
        options = generate_authentication_options(
            rp_id=site.host,
            allow_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
        )
        _keep_challenge(connection, hash_token(token), options.challenge)
        return options_to_json(options)


def take(connection: Connection, user_id: int, token: str, site: RelyingParty, answer: str) -> str:
    """Uses up the challenge of half a session (`token`) that a passkey of the user has signed; "passkey", for
    the audit. Raises `Unauthenticated` ("passkey.refused")."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import parse_authentication_credential_json

    challenge = _use_challenge(connection, hash_token(token))
    try:
        credential = parse_authentication_credential_json(answer)
        row = connection.execute(
            text("""
            select id, public_key, sign_count from passkey
            where user_id = :user and credential_id = :credential and host = :host for update"""),
            {"user": user_id, "credential": credential.raw_id, "host": site.host},
        ).one_or_none()
        if row is None or challenge is None:
            raise Unauthenticated("passkey.refused")
        signed = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
        )
    except _refusals():
        raise Unauthenticated("passkey.refused") from None
    connection.execute(
        text("update passkey set sign_count = :count, used_at = now() where id = :id"),
        {"count": signed.new_sign_count, "id": row.id},
    )
    return "passkey"


def remove(engine: Engine, name: str, number: int) -> None:
    """By its owner. Raises `NotFound` ("passkey.unknown"), `Forbidden` ("factor.required") for the last
    second factor of somebody whose role requires one."""
    with engine.begin() as connection:
        user_id = live_user_id(connection, name)
        gone = connection.execute(
            text("delete from passkey where id = :id and user_id = :user"), {"id": number, "user": user_id}
        )
        if not gone.rowcount:
            raise NotFound("passkey.unknown", number=number)
        second_factor.need_one_left(connection, user_id)
        notices.add_notice(connection, user_id, "passkey_removed")
        record_audit(connection, name, "passkey.removed", name=name, number=number)


def _refusals() -> tuple[type[Exception], ...]:
    from webauthn.helpers import exceptions

    return (exceptions.WebAuthnException, ValueError, KeyError, TypeError)


def _credentials(connection: Connection, user_id: int, host: str | None = None) -> list[bytes]:
    """The ids of a person's passkeys, all or those for a host."""
    rows = connection.scalars(
        text("""select credential_id from passkey
            where user_id = :user and (cast(:host as text) is null or host = :host) order by id"""),
        {"user": user_id, "host": host},
    )
    return [bytes(one) for one in rows]


def _session_hash(connection: Connection, user_id: int, session: str) -> str:
    found: str | None = connection.scalar(
        text(f"""select token_hash from user_session where user_id = :user and type = 'person'
            and revoked_at is null and left(token_hash, {ID_LENGTH}) = :session"""),
        {"user": user_id, "session": session},
    )
    if found is None:
        raise NotFound("user.session", id=session)
    return found


def _keep_challenge(connection: Connection, session_hash: str, challenge: bytes) -> None:
    connection.execute(
        text("""
        insert into passkey_challenge (token_hash, challenge) values (:hash, :challenge)
        on conflict (token_hash) do update set challenge = excluded.challenge, created_at = now()"""),
        {"hash": session_hash, "challenge": challenge},
    )


def _use_challenge(connection: Connection, session_hash: str) -> bytes | None:
    found = connection.scalar(
        text("""delete from passkey_challenge where token_hash = :hash
            and created_at > now() - cast(:lasts as interval) returning challenge"""),
        {"hash": session_hash, "lasts": CHALLENGE_LASTS},
    )
    return None if found is None else bytes(found)
