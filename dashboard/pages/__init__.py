"""The pages, named one by one in the order of their sections in the header.

To add one:

1. `dashboard/pages/NAME.py` (or a package): PATH, TITLE (a word's key), PERMISSION,
   `layout(**query_and_path)`, `register(app)` for its callbacks; for a section in the header NAVIGATION, its
   address and its word; for work of another class than `layers.executors.PAGES` WORK; for a map
   (`dashboard.city_map`) HAS_MAP
2. `dashboard/pages/__init__.py`: its line in the list below, its name in the import and in PAGES
3. `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`: its title, and the word of its section, in each language
4. `tests/dashboard/test_app.py`: an address of it, in ADDRESSES
5. `tests/dashboard/pages/test_NAME.py`: what it promises
6. if it has some, `assets/NAME/NAME.js` and `assets/NAME/NAME.css`: they are loaded on every page, after
   those of the root; their lines in `assets/README.md`
7. if no role has its permission yet, what `geo.accounts.users` says of a new one

* `account`: /account, one's own sessions and password
* `alarms`: /alarms, what needs an answer now
* `answers`: /answers, articles for operators
* `audit`: /audit, who did what
* `buildings`: /buildings, the worklist of geo-tags
* `desk`: /desk, the three levels at work: an inspector's queue, a performer's inbox, the citizen's side
* `feeds`: /feeds, feeds, runs, rejected rows
* `map`: /map, the duty desk
* `mode`: /mode, the switch of the centre's mode
* `operations`: /operations, the state of the machine and of every part of the system
* `precincts`: /precincts, the list of plans and the studio
* `rating`: /rating, managers by month: places, intervals, cases
* `shift`: /shift, the hand-over of the shift
* `statistics`: /statistics, cards of figures
* `vote`: /vote, where an address votes
* `users`: /users, who may come in; their sessions ended
* `voters`: /voters, the electoral list
* `wall`: /wall/<scene>, the video wall
"""

from __future__ import annotations

from dashboard.pages import (
    account,
    alarms,
    answers,
    audit,
    buildings,
    desk,
    feeds,
    map,
    mode,
    operations,
    precincts,
    rating,
    shift,
    statistics,
    users,
    vote,
    voters,
    wall,
)
from dashboard.security.rules import Page

PAGES: tuple[Page, ...] = (
    wall,
    map,
    desk,
    answers,
    alarms,
    shift,
    precincts,
    buildings,
    vote,
    voters,
    statistics,
    rating,
    feeds,
    audit,
    operations,
    mode,
    account,
    users,
)
