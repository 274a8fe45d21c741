"""Conditions of the machine: what `geo.monitoring` has measured last, on each machine. What nobody has
measured for some minutes says nothing: that nobody measures is seen elsewhere (`/readyz`, the page
/operations)."""

from __future__ import annotations

_MEASURED = """
    select m.host || '/' || m.key || '/' || m.subject as subject, null::bigint as incident, null as kind,
        null as district, m.parameters || jsonb_build_object('measure', m.key, 'subject', m.subject,
            'host', m.host, 'value', m.value) as parameters
    from machine_measure m
    where m.region = :region and m.at > cast(:now as timestamptz) - interval '5 minutes' and m.key = """
DISK_LOW = f"{_MEASURED} 'disk_free' and m.value < :free_percent"
MEMORY_LOW = f"{_MEASURED} 'memory_free' and m.value < :free_percent"
REPLICATION_BEHIND = f"""{_MEASURED} 'replication_lag'
    and (m.value > :behind_s or not cast(m.parameters ->> 'active' as boolean))"""
ARCHIVE_FAILING = f"{_MEASURED} 'wal_archive' and m.value > :behind_s"
AUDIT_UNSEALED = f"{_MEASURED} 'audit_unsealed' and m.value > :behind_s"
CERTIFICATE_ENDS = f"{_MEASURED} 'certificate' and m.value < :days"
BACKUP_OLD = f"""{_MEASURED} 'backup_age'
    and m.value > greatest(:hours, 1.25 * coalesce(cast(m.parameters ->> 'every_h' as float8), 0))"""
"""One that is made less often by its plan is not too old before its next is late."""
