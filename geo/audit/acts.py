"""What is recorded, by code: its kind, and the parameters it comes with.

To add an act:

1. `ACTS` below: its code, kind and parameters: keys, ids, counts and codes, never a person's data, never
   what a row holds, never what was searched for
2. `record_audit` in the transaction of what it tells of
3. `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`: its words, "audit.act.CODE", in each language
4. `tests/support/traces.py`: the route or the command that does it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["sign_in", "refusal", "look", "export", "write", "account", "setting", "wall", "system"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Act:
    kind: Kind
    parameters: frozenset[str] = frozenset()


def act(kind: Kind, parameters: str = "") -> Act:
    return Act(kind, frozenset(parameters.split()))


ACTS: dict[str, Act] = {
    # Who came and went.
    "signed_in": act("sign_in", "way"),
    "sign_in.failed": act("sign_in"),
    "sign_in.half": act("sign_in"),
    "signed_out": act("sign_in"),
    "link.added": act("sign_in", "name"),
    "reset.added": act("account", "name"),
    "refused": act("refusal", "code permission method times"),
    # What was looked at, and what left the house.
    "incident.seen": act("look", "incident kind"),
    "incident.proof_seen": act("look", "incident action kind"),
    "reject.seen": act("look", "run code after"),
    "audit.seen": act("look", "filter"),
    "incident.exported": act("export", "form rows filter"),
    "shift.exported": act("export", "handover form"),
    "plan.exported": act("export", "plan form"),
    "audit.exported": act("export", "form rows filter"),
    "statistics.exported": act("export", "name form filter"),
    "rating.exported": act("export", "month form"),
    "rating.verified": act("look", "month count"),
    "figure.kept": act("export", "figure number"),
    "figure.noted": act("write", "figure number"),
    "report.kept": act("export", "number kind digest"),
    "report.exported": act("export", "number name"),
    "report.shared": act("export", "number link days"),
    "report.unshared": act("write", "number link"),
    "report.opened": act("export", "number link"),
    # What was decided and changed.
    **{
        f"incident.{verb}": act("write", "incident action undoes")
        for verb in (
            *("acknowledge", "note", "priority", "status", "assign", "escalate", "more_time", "pause"),
            *("resume", "shelve", "unshelve", "close", "reopen", "return", "settle", "undo", "create"),
            *("attach", "group", "ungroup", "answer", "classify", "outcome", "follow"),
        )
    },
    **{
        f"mass.{verb}": act("write", "event step incidents")
        for verb in (
            *("confirm", "join", "leave", "split", "answer", "status", "close", "reopen", "dissolve", "undo"),
        )
    },
    "mass.dismissed": act("write", "incidents"),
    "mass.rule": act("setting", "category radius_m window_h least"),
    "mass.rule_cleared": act("setting", "category"),
    **{
        f"alarm.{verb}": act("write", "alarm rule") for verb in ("acknowledge", "shelve", "unshelve", "clear")
    },
    "case.checked": act("write", "incident list code"),
    "extension.requested": act("write", "incident number"),
    "extension.decided": act("write", "incident number accepted"),
    "citizen.marked": act("write", "incident number"),
    "citizen.queued": act("export", "count"),
    "answers.saved": act("write", "number version"),
    "answers.retired": act("write", "number version"),
    "answers.used": act("write", "number count"),
    "answers.unanswered": act("write", "number"),
    "answers.settled": act("write", "number"),
    "alert.published": act("export", "number kind"),
    "shift.noted": act("write", "version"),
    "shift.signed": act("write", "handover digest"),
    "shift.withdrawn": act("write", "handover"),
    "shift.taken": act("write", "handover digest"),
    "shift.amended": act("write", "handover"),
    "plan.changed": act("write", "plan event step"),
    "plan.settled": act("write", "plan doubt"),
    "plan.deleted": act("write", "plan name"),
    "building.tagged": act("write", "building event action"),
    "building.added": act("write", "building"),
    "building.tags_loaded": act("write", "read written"),
    "push.taken": act("write", "feed run"),
    "run.repeated": act("write", "run new"),
    "run.ended": act("write", "feed run read written unchanged rejected vanished state"),
    "reject.sent": act("write", "feed run rows"),
    "feed.release": act("write", "feed codes"),
    "voter.seen": act("look", "person subject why document"),
    "voter.listed": act("look", "person subject"),
    "voter.not_listed": act("look"),
    "voter.looks_seen": act("look", "subject document"),
    "voters.breach_seen": act("look", "name count"),
    "privacy.breach_seen": act("look", "name count"),
    "voters.seen": act("look", "list"),
    "voters.lines_seen": act("look", "list code"),
    "voters.addresses_seen": act("look", "list"),
    "voters.house_seen": act("look", "building why document"),
    "voters.house_changes_seen": act("look", "list base building"),
    "voters.without_seen": act("look", "list first last"),
    "voters.loaded": act("write", "hash size"),
    "voters.imported": act("write", "list read refused"),
    "voters.compared": act("write", "list"),
    "voters.address": act("write", "list address building"),
    "voters.address_reopened": act("write", "list address"),
    "voters.rule_undone": act("write", "rule"),
    "voters.flag": act("write", "list level of code"),
    "voters.flag_reopened": act("write", "list level of code"),
    "voters.approved": act("write", "list houses"),
    "voters.rejected": act("write", "list"),
    "voters.exported": act("export", "list rows hash"),
    "voters.not_exported": act("export", "list hash"),
    "voters.compare_sent": act("export", "comparison list hash rows"),
    "voters.compared_regions": act("write", "comparison count"),
    "voters.doubles_seen": act("look"),
    "voters.double": act("write", "double decision"),
    "voters.double_reopened": act("write", "double"),
    "voters.printed": act("export", "list plan number rows"),
    "voters.sent": act("export", "list hash"),
    "voters.delivered": act("export", "list hash"),
    "voters.receipt_kept": act("write", "list hash"),
    "voters.rekeyed": act("write", "list rows"),
    "voters.keys_renewed": act("write", "rows"),
    "voters.erased": act("write", "list"),
    # Who may come in.
    "user.added": act("account", "name role"),
    "user.disabled": act("account", "name"),
    "user.password": act("account", "name"),
    "user.mail": act("account", "name"),
    "user.scope": act("account", "name"),
    "user.manager": act("account", "name"),
    "user.unlocked": act("account", "name"),
    "factor.begun": act("account"),
    "factor.confirmed": act("account"),
    "factor.removed": act("account", "name"),
    "login.linked": act("account", "name"),
    "login.unlinked": act("account", "name"),
    "passkey.added": act("account", "number"),
    "passkey.removed": act("account", "name number"),
    "factor.required": act("setting", "role required"),
    "session.ended": act("account", "name count"),
    "user.language": act("account", "language"),
    "device.added": act("account", "scene label"),
    "device.revoked": act("account", "id"),
    "device.renewed": act("account", "id"),
    "token.added": act("account", "name feed"),
    "token.renewed": act("account", "id name"),
    "api_key.issued": act("account", "number name days"),
    "api_key.revoked": act("account", "number name"),
    "webhook.added": act("account", "number name"),
    "webhook.removed": act("account", "number name"),
    "webhook.revived": act("account", "number name"),
    # How the house is set, and what its screens show.
    "mode.set": act("setting", "before mode"),
    "prevention.added": act("write", "number owner"),
    "prevention.done": act("write", "number"),
    "prevention.dropped": act("write", "number"),
    "projects.adopted": act("setting", "number digest count"),
    "rating.adopted": act("setting", "version"),
    "roster.adopted": act("setting", "number digest"),
    "rating.proposed": act("write", "month digest"),
    "rating.closed": act("write", "month digest"),
    "rating.objected": act("write", "number incident"),
    "rating.decided": act("write", "number accepted"),
    "rating.assignment_proposed": act("write", "number manager"),
    "rating.assignment_answered": act("write", "number accepted"),
    "calendar.proposed": act("setting", "years"),
    "calendar.day": act("setting", "day working reason"),
    "calendar.cleared": act("setting", "day"),
    "calendar.hours": act("setting", "hours weekdays"),
    "calendar.confirmed": act("setting", "year"),
    "backup.planned": act("setting", "at folder"),
    "backup.stopped": act("setting"),
    "backup.pitr_on": act("setting", "folder"),
    "backup.pitr_off": act("setting"),
    "wall.turn": act("setting", "seconds"),
    "wall.held": act("wall", "show scene"),
    "wall.released": act("wall", "show"),
    "wall.incident_held": act("wall", "incident"),
    "wall.incident_released": act("wall", "incident"),
    "wall.silenced": act("wall"),
    "wall.sounding": act("wall"),
    "wall.reloaded": act("wall", "show reason silent_s"),
    # The house itself.
    "backup.made": act("system", "file rows verified"),
    "backup.restored": act("system", "file made_at position replaced taken_over"),
    "audit.begun": act("system", "replaced"),
    "audit.verified": act("system", "position rows faults"),
    "audit.pruned": act("system", "position rows before"),
}


def codes_of(kind: str) -> list[str]:
    """The acts of a kind."""
    return [code for code, act in ACTS.items() if act.kind == kind]
