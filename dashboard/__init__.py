"""Pages, routes for programs, and the command line: what people and programs meet.

* `api`: routes for programs and scripts
* `app`: the Dash application: one layout for every address
* `city_map`: the map of a page, as it opens
* `cli`: the command line inside the virtual environment, called by ./ikomek
* `commands`: the commands of ./ikomek that need the installed packages
* `compression`: answers made small for the line
* `error_parameters`: the parameters of an error as people read them
* `formats`: numbers and times as people here write them
* `jobs`: what is due by itself (python -m dashboard.jobs, a process of the supervisor)
* `machine`: what runs before anything is installed: servers, processes, backup
* `pages`: the pages
* `plain_page`: pages without Dash: the sign-in page and a refusal in words
* `request_context`: who is being answered, set by the middleware for one request, read by layouts
* `routes`: what routes that take a command share: the body, the transaction, a parameter that is wrong
* `security`: the middleware in front of every route, sessions, sign-in
* `server`: the composition root: create_app(settings) puts the parts together
* `shell`: the frame around a page: header with the sections a role may see, the city's clock, the banners
* `wall`: scenes, playlists, screens of the video wall
* `words`: every word a person reads, by key, in Kazakh, Russian and English

Imports: reads through `layers`, writes through the commands of `geo`; only `cli` imports `etl`. No SQL here,
no CRS: coordinates pass through as `layers` gives them, EPSG:4326 in axis order lon, lat. Pages never import
pages, nothing imports `app` but `server`.

A page exposes PATH ("/wall/<scene>"), TITLE (a word's key), PERMISSION, `layout(**query_and_path)` and
`register(app)` for its callbacks. Inside a request `dashboard.request_context.current()` says who asks, in
which language, and with which servers.

Read in this order: `server`, `security.middleware`, `app`, `shell`, `pages.feeds`.
"""
