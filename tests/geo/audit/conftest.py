"""The roles of the audit: who seals, who reads it again."""

from __future__ import annotations

from tests.support.connected import engine_as

sealer, auditor = (engine_as(role) for role in ("sealer", "auditor"))
