"""Invented projects of the city: key, names, who answers, lon and lat; their milestones; why some are late."""

from __future__ import annotations

PROJECTS = """\
heating_line|Жаңа жылу магистралі|Новая тепломагистраль|New heating main|deputy_utilities|71.445|51.165
water_intake|Су тазарту станциясы|Станция водоочистки|Water treatment plant|deputy_utilities|71.392|51.112
school_300|300 орындық мектеп|Школа на 300 мест|School for 300 pupils|deputy_social|71.478|51.098
polyclinic|Емхана, Нұра ауданы|Поликлиника, район Нура|Clinic in Nura|deputy_social|71.376|51.141
tram_line|Жеңіл рельсті көлік, 2|Лёгкое метро, 2|Light rail, 2|deputy_transport|71.432|51.132
bridge|Есіл өзені үстіндегі көпір|Мост через Есиль|Bridge over the Esil|deputy_transport|71.419|51.156
park|Сарайшық саябағы|Парк Сарайшык|Saraishyq park|akim_saraishyq|71.498|51.120
yards|Алматы ауданының аулалары|Дворы района Алматы|Courtyards of Almaty district|akim_almaty|71.482|51.152
"""
MILESTONES = """\
design|Жоба|Проект|Design
tender|Мердігер таңдалды|Выбран подрядчик|Contractor chosen
foundation|Іргетас|Фундамент|Foundation
frame|Негізгі жұмыстар|Основные работы|Main works
handover|Пайдалануға беру|Ввод в эксплуатацию|Handed over
"""
REASONS = (
    "перенос инженерных сетей не согласован вовремя",
    "подрядчик сменён, договор расторгнут",
    "поставка оборудования задержана на границе",
)
