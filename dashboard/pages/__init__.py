"""The pages, named one by one in the order of their addresses. To add one: a module beside these with PATH, TITLE, PERMISSION, layout and register, and its
name below."""
from __future__ import annotations

from dashboard.pages import buildings, feeds, map, mode, precincts, vote, wall

PAGES = (wall, map, precincts, buildings, vote, feeds, mode)
