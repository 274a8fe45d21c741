"""What stands in front of every route, Dash's own included, closed by default; and how people and walls come
in.

* `body`: a request's body, read whole up to a limit and then handed on, so that no route can be fed more
* `callbacks`: who may call which Dash callback
* `connections`: what a stranger's connection may cost before a door has looked at it
* `cookies`: the four cookies: a person's session, a wall's device token
* `dash_errors`: what Dash cannot answer, in words
* `devices`: a wall signs in by its address
* `headers`: the headers of every answer: what a browser may load, run, frame and reveal
* `middleware`: one middleware in front of every route, Dash's own included, closed by default
* `origins`: where a request really comes from
* `page_caller`: a page belongs to whoever it was drawn for
* `recorded`: whom the audit names for a request, and the refusals in it
* `refusals`: a refusal in words: a page for a person, JSON for a script or a program
* `rules`: which path asks for what
* `sessions`: session look-ups kept for a few seconds, since every tile asks
* `sign_in`: the routes through which people come and go
* `streams`: a stream lasts for hours, its session may not

Pure ASGI: a server-sent-events stream passes through unbuffered. Read in this order: `middleware`, `origins`,
`rules`, `sessions`, `sign_in`.
"""
