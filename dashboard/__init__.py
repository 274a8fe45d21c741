"""Pages, doors and the command line: what people and programs meet.

What lives here: `server` puts the parts together (`create_app(settings)`), `app` is the Dash application with its pages registered one by one, `doors`
stand in front of every route, `sign_in` lets people in, `shell` is the frame around a page, `words` holds every sentence in three languages,
`ingest` and `health` are the routes for programs, `pages/` has one module a page. `cli` composes the commands; `machine/` runs the servers.

Imports: reads through `layers`, writes through the commands of `geo`; only `cli` imports `etl`. No SQL here, no CRS: coordinates pass through as `layers`
gives them, EPSG:4326 in axis order lon, lat. Pages never import pages, nothing imports `app` but `server`.

A page module exposes PATH ("/wall/<scene>"), TITLE (a word's key), PERMISSION, `layout(**query_and_path)` and `register(app)` for its callbacks.
Inside a request `dashboard.shell.current()` says who asks, in which language, and with which servers.

Read in this order: `server`, `doors`, `app`, `shell`, `pages/feeds`.
"""
