"""Who may come in: users with their roles, sessions and tokens, and the wait after failed attempts.

* `attempts`: failed sign-ins: how many are free by browser, name and address, how the wait grows, unlocking
* `sessions`: sessions and tokens (people, walls, pushes, one-time links): how long each lives, ended, revoked
* `users`: users, roles with their permissions, a caller's scope (Principal), rules for names and passwords

Nothing here speaks HTTP: `dashboard.security` does.
"""
