"""What leaves a trace: every route and command that writes, shows what is recorded, or lets something out,
and the acts that it records; and for the others why they record nothing.

A route is its method and path, a callback of a page the place that it fills first, a command its words.
"""

from __future__ import annotations

from geo.desk.check import CORRECTIONS
from geo.incidents.cases.verbs import VERBS

LOOKS = "looks at what is no person's and no card of the police"
TRANSIENT = "who has what in hand right now, gone a minute later"
NOTHING = "writes nothing"

ROUTES: dict[str, tuple[str, ...] | str] = {
    "POST /sign-in": ("signed_in", "sign_in.half", "sign_in.failed", "refused"),
    "GET /sign-in/once": ("signed_in", "sign_in.half"),
    "GET /sign-in/with/{key}/return": ("signed_in", "sign_in.half", "refused", "login.linked"),
    "POST /sign-out": ("signed_out",),
    "POST /account/sessions/{session}/end": ("session.ended",),
    "POST /account/sessions/end": ("session.ended",),
    "POST /users/end": ("session.ended",),
    "POST /violations": NOTHING,
    "POST /users/reset": ("reset.added",),
    "POST /sign-in/reset": ("user.password",),
    "POST /account/password": ("user.password", "sign_in.failed"),
    "POST /account/factor/begin": ("factor.begun", "sign_in.failed"),
    "POST /account/factor/confirm": ("factor.confirmed", "session.ended"),
    "POST /account/factor/remove": ("factor.removed", "sign_in.failed"),
    "POST /account/passkeys/options": ("sign_in.failed",),
    "POST /account/passkeys": ("passkey.added", "session.ended"),
    "POST /account/passkeys/{number}/remove": ("passkey.removed", "sign_in.failed"),
    "POST /sign-in/passkey/options": NOTHING,
    "POST /sign-in/passkey": ("signed_in", "sign_in.failed"),
    "POST /sign-in/code": ("signed_in", "sign_in.failed"),
    "POST /api/v1/incidents/{incident}/alert": ("alert.published",),
    "POST /api/v1/incidents/mass-events/{event}/alert": ("alert.published",),
    "POST /language": ("user.language",),
    "POST /api/v1/ingest/{feed}": ("push.taken",),
    "POST /api/open311/v2/requests.{form}": ("incident.create", "incident.note", "incident.attach"),
    "POST /api/open311/v2/servicerequestupdates.{form}": ("incident.note",),
    "GET /api/v1/shift/{handover}.pdf": ("shift.exported",),
    "GET /api/v1/reports/{number}.{lang}.pdf": ("report.exported",),
    "GET /api/v1/reports/shared": ("report.opened",),
    "POST /api/v1/reports/{number}/share": ("report.shared",),
    "POST /api/v1/reports/links/{link}/revoke": ("report.unshared",),
    "POST /api/v1/rating/assignments": ("rating.assignment_proposed",),
    "POST /api/v1/rating/assignments/{number}/{how}": ("rating.assignment_answered",),
    "POST /api/v1/rating/objections": ("rating.objected",),
    "POST /api/v1/rating/objections/{number}/{how}": ("rating.decided",),
    "POST /api/v1/rating/{month}/verify": ("rating.verified",),
    "POST /api/v1/prevention": ("prevention.added",),
    "POST /api/v1/statistics/notes": ("figure.noted",),
    "POST /api/v1/prevention/{number}/{how}": ("prevention.done", "prevention.dropped"),
    "GET /api/v1/audit.csv": ("audit.exported",),
    "POST /api/v1/voters/load": ("voters.loaded",),
    "GET /api/v1/voters/printed.pdf": ("voters.printed",),
    "GET /api/v1/voters/notices.pdf": ("plan.exported",),
    "GET /api/v1/statistics/{card}.{form}": ("statistics.exported",),
    "GET /api/v1/rating/{month}.{form}": ("rating.exported",),
    "GET /layers/export/incidents.pdf": ("incident.exported",),
    "GET /layers/export/incidents.{form}": ("incident.exported",),
    "POST /api/v1/plans": ("plan.changed",),
    **{
        f"POST /api/v1/plans/{{plan}}/{command}": ("plan.changed",)
        for command in (
            *("edits", "redraw", "give", "split", "merge", "assign", "accept", "accept-balance"),
            *("undo", "redo", "station", "describe", "found", "remove", "lock", "unlock"),
            *("advance", "withdraw", "holes"),
        )
    },
    "POST /api/v1/plans/{plan}/delete": ("plan.deleted",),
    "POST /api/v1/plans/{plan}/settle": ("plan.settled",),
    "POST /api/v1/plans/{plan}/presence": TRANSIENT,
    "POST /api/v1/plans/{plan}/nearest": NOTHING,
    "POST /api/v1/plans/{plan}/propose": NOTHING,
    "POST /api/v1/plans/{plan}/balance": NOTHING,
    "POST /api/v1/plans/{plan}/preview": NOTHING,
    "GET /api/v1/plans/{plan}/decision.docx": ("plan.exported",),
    "GET /api/v1/plans/{plan}/moved.csv": ("plan.exported",),
    "GET /api/v1/plans/{plan}/passports": ("plan.exported",),
    "GET /api/v1/plans/{plan}/text/{lang}": ("plan.exported",),
    **{
        f"POST /api/v1/incidents/{which}/{verb}": (f"incident.{verb}",)
        for which in ("{incident}", "selection")
        for verb in VERBS
    },
    **{
        f"POST /api/v1/incidents/{which}/close": ("incident.close", "incident.follow")
        for which in ("{incident}", "selection")
    },
    "POST /api/v1/incidents/create": ("incident.create",),
    "POST /api/v1/incidents/mass-events/confirm": ("mass.confirm", "incident.group"),
    "POST /api/v1/incidents/mass-events/dismiss": ("mass.dismissed",),
    "POST /api/v1/incidents/mass-events/preview": NOTHING,
    "POST /api/v1/incidents/mass-events/steps/{step}/undo": ("mass.undo", "incident.undo"),
    **{
        f"POST /api/v1/incidents/mass-events/{{event}}/{verb}": (f"mass.{verb}", f"incident.{of_each}")
        for verb, of_each in (
            *(("join", "group"), ("leave", "ungroup"), ("split", "group"), ("dissolve", "ungroup")),
            *((verb, verb) for verb in ("answer", "status", "close", "reopen")),
        )
    },
    "POST /api/v1/incidents/{incident}/attach": ("incident.attach",),
    "GET /api/v1/incidents/{incident}/proof/{action}.jpg": ("incident.proof_seen",),
    "POST /api/v1/incidents/actions/{action}/undo": ("incident.undo",),
    "POST /api/v1/incidents/selection/{batch}/undo": ("incident.undo",),
    "POST /api/v1/incidents/{incident}/viewers": TRANSIENT,
    "POST /api/v1/views": "a name for an address, which says nothing of anybody",
    "POST /api/v1/views/{view}/remove": "a name for an address, which says nothing of anybody",
    "POST /api/v1/alarms/acknowledge": ("alarm.acknowledge",),
    **{
        f"POST /api/v1/alarms/{{alarm}}/{verb}": (f"alarm.{verb}",)
        for verb in ("acknowledge", "shelve", "unshelve", "clear")
    },
    "POST /api/v1/desk/{incident}/agree": ("case.checked",),
    **{
        f"POST /api/v1/desk/{{incident}}/correct/{verb}": ("case.checked", f"incident.{verb}")
        for verb in CORRECTIONS
    },
    "POST /api/v1/desk/{incident}/decide": ("extension.decided", "incident.more_time"),
    "POST /api/v1/desk/{incident}/extension": ("extension.requested",),
    "POST /api/v1/desk/{incident}/act/acknowledge": ("incident.acknowledge", "incident.status"),
    "POST /api/v1/desk/{incident}/act/note": ("incident.note",),
    "POST /api/v1/desk/{incident}/act/done": ("incident.close", "incident.note"),
    "POST /api/v1/desk/{incident}/mark": ("citizen.marked",),
    "POST /api/v1/desk/{incident}/reopen": ("incident.reopen",),
    "POST /api/v1/answers/{article}/used": ("answers.used",),
    "POST /api/v1/answers/unanswered": ("answers.unanswered",),
    "POST /api/v1/answers/save": ("answers.saved",),
    "POST /api/v1/answers/{article}/save": ("answers.saved",),
    "POST /api/v1/answers/{article}/retire": ("answers.retired",),
    "POST /api/v1/answers/questions/{question}/settle": ("answers.settled",),
    "POST /api/v1/shift/notes": ("shift.noted",),
    "POST /api/v1/shift/sign": ("shift.signed",),
    **{
        f"POST /api/v1/shift/{{handover}}/{verb}": (f"shift.{act}",)
        for verb, act in (("take", "taken"), ("withdraw", "withdrawn"), ("amend", "amended"))
    },
    "POST /api/v1/buildings": ("building.added",),
    "POST /api/v1/buildings/{building}/decisions": ("building.tagged",),
    "POST /api/v1/buildings/decisions/{event}/undo": ("building.tagged",),
    "POST /api/v1/buildings/tags": ("building.tags_loaded",),
    "POST /api/v1/wall/watch/reloaded": ("wall.reloaded",),
    "POST /api/v1/wall/{action}": (
        *("wall.held", "wall.released", "wall.incident_held", "wall.incident_released"),
        *("wall.silenced", "wall.sounding"),
    ),
}
"""Every route that is no GET, and of the GETs those that let something out or sign somebody in. No other
GET records anything: `LOOKS`."""

CALLBACKS: dict[str, tuple[str, ...] | str] = {
    "page.children": ("audit.seen", "incident.seen"),
    "desk-shown.children": ("incident.seen",),
    "voters-done.children": (
        *("voters.flag", "voters.flag_reopened", "voters.approved", "voters.rejected"),
        *("voters.address", "voters.address_reopened"),
    ),
    "voters-double.children": ("voters.double", "voters.doubles_seen"),
    "vote-listed.children": ("voter.listed", "voter.not_listed"),
    "voters-person.children": ("voter.seen", "voters.house_seen"),
    "voters-head.children": (
        *("voters.seen", "voters.addresses_seen", "voters.lines_seen"),
        "voters.house_changes_seen",
        "voters.without_seen",
    ),
    "duty-card.children": ("incident.seen",),
    "feeds-table.children": ("reject.seen",),
    "feeds-message.children": ("run.repeated",),
    "feeds-resubmitted.children": ("reject.sent", "push.taken"),
    "feeds-released.children": ("feed.release",),
    "mode-state.children": ("mode.set",),
}
"""The callbacks of pages that record something, by the place that they fill first. The others read."""

COMMANDS: dict[str, tuple[str, ...] | str] = {
    "prepare": ("run.ended", "link.added", "audit.begun", "calendar.proposed"),
    "ages": LOOKS,
    "bench": "runs on databases of its own",
    "etl": ("run.ended", "feed.release"),
    "user": (
        *("user.added", "user.disabled", "user.password", "user.unlocked", "token.added"),
        *("session.ended", "token.renewed", "factor.removed", "factor.required"),
        "login.unlinked",
        *("user.scope", "user.manager", "user.mail"),
    ),
    "wall": ("device.added", "device.revoked", "device.renewed", "wall.turn"),
    "mode": ("mode.set",),
    "audit": ("audit.verified", "audit.exported"),
    "privacy": ("privacy.breach_seen",),
    "report": (
        *("figure.kept", "figure.noted", "shift.exported"),
        *("report.kept", "report.exported", "report.shared"),
    ),
    "projects": ("projects.adopted",),
    "answers": ("answers.saved",),
    "prevention": ("prevention.added", "prevention.done", "prevention.dropped"),
    "roster": ("roster.adopted",),
    "rating": (
        *("rating.adopted", "rating.proposed", "rating.closed"),
        *("rating.objected", "rating.decided"),
        *("rating.assignment_proposed", "rating.assignment_answered"),
    ),
    "alert": ("alert.published",),
    "api": (
        *("api_key.issued", "api_key.revoked"),
        *("webhook.added", "webhook.removed", "webhook.revived"),
    ),
    "mass": ("mass.rule", "mass.rule_cleared"),
    "calendar": (
        "calendar.proposed",
        "calendar.day",
        "calendar.cleared",
        "calendar.hours",
        "calendar.confirmed",
    ),
    "backup": ("backup.made", "backup.planned", "backup.stopped", "backup.pitr_on", "backup.pitr_off"),
    "restore": ("backup.restored",),
    "precincts": ("plan.changed", "plan.exported"),
    "voters": (
        *("voters.imported", "voters.address", "voters.address_reopened", "voters.rule_undone"),
        *(
            "voters.compared",
            "voters.addresses_seen",
            "voters.flag",
            "voters.flag_reopened",
            "voters.approved",
            "voters.rejected",
            "voters.rekeyed",
            "voters.keys_renewed",
            "voters.erased",
            "voters.exported",
            "voters.not_exported",
            "voters.printed",
            "voters.compare_sent",
            "voters.compared_regions",
            "voters.doubles_seen",
            "voters.double",
            "voters.double_reopened",
            "voters.sent",
            "voters.delivered",
            "voters.receipt_kept",
        ),
        *("voter.seen", "voter.looks_seen", "voters.breach_seen"),
    ),
}
JOBS: dict[str, tuple[str, ...] | str] = {
    "reports": ("report.kept",),
    "calendar": ("calendar.proposed",),
    "expected_hours": "counts what is there",
    "area_days": "counts what is there",
    "indexes": "makes what the tables are read by",
    "maintain": ("audit.pruned",),
    "backup": ("backup.made",),
    "audit_verify": ("audit.verified",),
    "audit_head": "seals what others recorded",
}
THREADS = ("citizen.queued",)
"""What the process of the clock does between its jobs."""
EVERYWHERE = ("refused",)
"""Acts that every route may record."""


def acts() -> set[str]:
    """All that the tables name."""
    tables = (ROUTES, CALLBACKS, COMMANDS, JOBS)
    named = {act for table in tables for acts in table.values() if not isinstance(acts, str) for act in acts}
    return named | set(THREADS) | set(EVERYWHERE)
