"""Who may come in: users with their roles, sessions and tokens, and the wait after failed attempts.

* `attempts`: failed sign-ins: how many are free by browser, name and address, how the wait grows, unlocking
* `factor_key`: the key that seals the secrets of second factors
* `half_sessions`: a session between password and second factor
* `linked_logins`: users who sign in with a provider of OpenID Connect
* `mail_addresses`: where a user is told of their access
* `managers`: which manager of the rating an account is
* `notices`: what a user is told of their access: suspicious sign-ins, changes of factors
* `open_sessions`: the open sessions of one person: listed, ended; a password changed by its owner
* `passkeys`: passkeys as second factor: made, signed with at sign-in, removed
* `passwords`: passwords: length, those that are easy to guess, Argon2id
* `resets`: a link for a new password, made by an administrator
* `scopes`: the scope of a user, set anew
* `people`: the users as an administrator sees them
* `second_factor`: the second factor: set up, codes and recovery codes taken, required by role, reset
* `sessions`: sessions and tokens (people, walls, pushes, one-time links): how long each lives, ended, revoked
* `token_terms`: tokens that end soon, and one renewed, with a time in which both work
* `users`: users, roles with their permissions, a caller's scope (Principal), rules for names

Nothing here speaks HTTP: `dashboard.security` does.
"""
