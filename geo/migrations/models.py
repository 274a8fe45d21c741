"""Every noun's models in one metadata, for Alembic and for the test that compares them with the migrated
database."""

from __future__ import annotations

# ruff: noqa: F401 - imported so that their tables are in the metadata
from geo import wall
from geo.accounts import linked_logins, passkeys, second_factor, users
from geo.alarms import model as alarms
from geo.answers import model as answers
from geo.audit import chain, heads, records
from geo.base import Base
from geo.changes import outbox
from geo.city import basemap, buildings, categories, districts, operators, performers
from geo.deadlines import calendar
from geo.desk import model as desk
from geo.early_warning import model as early_warning
from geo.escalation import model as escalation
from geo.exchange import alerts as public_alerts
from geo.exchange import keys, webhooks
from geo.incidents import density, facet_counts, inquiries, saved_views, spans
from geo.incidents import model as incidents
from geo.incidents.cases import model as cases
from geo.incidents.cases import proof, viewers
from geo.incidents.mass_events import model as mass_events
from geo.intake import deliveries, findings, runs
from geo.monitoring import model as monitoring
from geo.plans import holes, presence
from geo.plans import model as plans
from geo.plans.editing import locks, precincts
from geo.plans.files import unmatched
from geo.projects import model as projects
from geo.rating import model as rating
from geo.recurrence import model as recurrence
from geo.reports import model as reports
from geo.shifts import model as shifts
from geo.staffing import model as staffing
from geo.statistics import area_days, closed_days, day_counts, kept, open_days, year_notes
from geo.voters import model as voters
from geo.voters.regions import model as regions
from geo.voters.transfer import model as transfers
from geo.work import jobs

metadata = Base.metadata


def is_ours(thing: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    """Leave out PostGIS' own tables and the monthly partitions."""
    if type_ == "table" and reflected and compare_to is None:
        return False
    return True
