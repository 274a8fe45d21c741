"""The pages, named one by one in the order of their addresses. To add one: a module beside these with PATH,
TITLE, PERMISSION, layout and register, and its name below.

* `buildings`: /buildings, the geo-tags
* `feeds`: /feeds, the feeds and their runs
* `map`: /map, the duty officer's map
* `mode`: the mode of the centre: what it is
* `precincts`: /precincts, the studio
* `vote`: /vote, where an address votes
* `wall`: the wall: scenes on a screen that nobody touches
"""

from __future__ import annotations

from dashboard.pages import buildings, feeds, map, mode, precincts, vote, wall

PAGES = (wall, map, precincts, buildings, vote, feeds, mode)
