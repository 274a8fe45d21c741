"""What stands in front of every route, Dash's own included, closed by default; and how people and walls come
in.

* `account`: routes of the page /account: sessions ended, password, codes of an app
* `body`: how a body is read: limit by route (rules), large ones to disk, all uploads together
* `callbacks`: which permission a Dash callback needs: that of its page
* `connections`: limits before a request is understood: size of a head, silence, least rate of a body
* `cookies`: the cookies (person, half a session, wall's device, known browser, language): names, lifetime,
  attributes
* `dash_errors`: errors of Dash's own routes turned into words and codes of HTTP
* `devices`: a wall's token in its address traded for a cookie
* `headers`: security headers: content policy, framing, HSTS
* `hosts`: under which names this server is reached; a request for another is refused
* `middleware`: the order of all checks for a request: session, rule, origin, body, headers
* `oidc`: routes: to a provider of OpenID Connect, and back
* `oidc_providers`: providers: their settings, how they are asked, which ID tokens are believed
* `origins`: scheme, host and client behind a proxy, and whether a write comes from our own pages (CSRF)
* `page_caller`: a page drawn for one person refuses the cookie of another in the same browser
* `passkeys`: routes: passkeys made and removed on /account, and asked for at sign-in
* `protection`: which protections of a browser are needed, and the warnings without them
* `recorded`: who stands in the audit for a request, and refusals recorded there, repeated ones counted
* `refusals`: the answer of a refusal: a page for a person, JSON for a program, or the way to sign-in
* `rules`: the table of paths: the permission and the size of a body of each; a new route begins here (a page
  names its PERMISSION itself)
* `sessions`: session look-ups cached for a few seconds (how long sessions live: geo.accounts.sessions)
* `sign_in`: routes: sign-in, one-time link, sign-out, language (failed sign-ins and their wait:
  geo.accounts.attempts)
* `streams`: open streams (/live): the session asked about again, and the stream ended with it
* `users`: the routes of the page /users: sessions of somebody ended, a link for a new password made
* `violations`: what the content policy kept a browser from, told by the browser
* `whence`: the kind of browser and of address that a session was opened from

Pure ASGI: a server-sent-events stream passes through unbuffered. Read in this order: `middleware`, `origins`,
`rules`, `sessions`, `sign_in`.
"""
