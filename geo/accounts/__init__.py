"""Who may come in: users with their roles, sessions and tokens, and the wait after failed attempts.

* `attempts`: failed sign-ins and the wait they cost
* `sessions`: sessions and tokens: opened, looked up, ended
* `users`: users and roles as data; who a caller is (Principal); the commands of ./ikomek user

Nothing here speaks HTTP: `dashboard.security` does.
"""
