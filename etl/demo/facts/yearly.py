"""Yearly figures of the centre. 2020-2024 are published, of 2025 what came up to a day; the rest of 2025, and 2026, carry 2024 on."""

from __future__ import annotations

from datetime import date

INQUIRIES = {
    2020: 2_197_783,
    2021: 2_490_052,
    2022: 2_274_603,
    2023: 2_262_655,
    2024: 2_326_254,
    2025: 2_078_000,
    2026: 2_078_000,
}
POLICE = {2020: 17_364, 2021: 17_198, 2022: 13_517, 2023: 26_768, 2024: 32_814, 2025: 33_100, 2026: 34_200}
EMERGENCIES = {2020: 6_191, 2021: 7_807, 2022: 9_561, 2023: 10_301, 2024: 8_590, 2025: 8_500, 2026: 7_900}
OFFENCES = {2023: 19_384, 2024: 21_173, 2025: 21_600, 2026: 21_900}
FINES_TENGE = {2023: 52_573_626, 2024: 34_704_800, 2025: 35_600_000, 2026: 36_200_000}
"""A running year has the part of its figure that has passed."""
PUBLISHED_TO = date(2025, 2, 26)
"""The last day of the figures that are published. What comes after it is carried on."""
TO_DATE = {"inquiries": 361_938, "police": 3_803, "emergency": 1_737}
"""In the year of that day, up to it."""

ONE_TAKE = 0.82
TOPICS_2024 = {
    "health": 697_854,
    "transport": 304_151,
    "education": 262_218,
    "electricity": 157_478,
    "payment": 94_523,
}

CHANNELS = {
    "call": 0.790,
    "app": 0.1392,
    "telegram": 0.01613,
    "instagram": 0.00955,
    "site": 0.031,
    "email": 0.01295,
    "facebook": 0.00117,
}
CHANNELS_2024 = {"telegram": 37_530, "instagram": 22_206, "facebook": 2_729}
CHANNELS_TO_DATE = {"telegram": 4_116, "instagram": 2_651, "facebook": 188}
LOST_CALLS = 0.028

OPEN_NOW, OVERDUE_NOW, DUE_SOON_NOW, URGENT_NOW, WITHOUT_POINT_NOW = 1204, 5, 3, 4, 412
"""The present: incidents open, of them overdue, of them close to their deadline, of them urgent (and one critical), of them without coordinates. A wall names
thirteen or so that need attention."""
