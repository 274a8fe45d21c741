"""Pages, routes for programs, and the command line: what people and programs meet.

* `api`: routes for programs and scripts: pushes, exports, decisions, plans, health, metrics
* `access_mails`: mails of suspicious sign-ins and changes of one's access
* `answering`: a refusal in the place of the answer, so that no older one stays beside a newer question
* `app`: the Dash application: its document, the router from an address to a page, words of a failed callback
* `bundles`: all scripts, and all styles, of `assets` as one file each, in their order
* `callback_values`: what a browser sends a callback: its types, and texts that cannot be kept
* `citizen_notices`: messages to citizens by the gateways of their channels
* `citizen_texts`: what a citizen is told of a case, in three languages
* `city_map`: the Leaflet map of a page: where it opens
* `cli`: the list of commands that run inside the virtual environment, called by ./ikomek
* `commands`: the commands of ./ikomek that need the installed packages
* `compression`: gzip of answers (which types and sizes), and how long browsers keep assets
* `error_parameters`: the parameters of an error as people read them: states, days, sizes, lists
* `fields`: a field of a form: its caption and its input
* `formats`: numbers, times, ages, lists as people here write them
* `jobs`: the process of the clock: which job at what time (purge, verification, calendar, reports, backup,
  audit seal)
* `made_ahead`: days by place, indexes, expected hours: each hour
* `mail`: how mail is sent: the server, the sender, which failures are tried again
* `machine`: what runs before anything is installed: servers, processes, backup's file, system users
* `markup`: what no callback asks for, packed as one component: what stays a component of Dash
* `notices`: what escalation tells: by mail and by webhook
* `open311_form`: answers of Open311 as JSON or XML, refusals among them
* `pages`: the pages, and their order in the header
* `paper`: what is printed: PDF of a hand-over, of reports, of the map page's list with its map
* `plain_page`: the sign-in page and a refusal in words, as HTML without Dash
* `reports`: reports by themselves: counted, printed, kept, sent
* `request_context`: who asks, in which language, with which servers: for the length of one request
* `routes`: shared by routes that change something: body read and checked, transaction, a wrong parameter
* `security`: the middleware in front of every route: access rules, sessions, sign-in, limits, headers
* `server`: create_app(settings): every router and middleware put together; the web process
* `shell`: the frame around a page: header with the sections a role may see, clock, banners, language
* `signed_post`: a signed POST to an address of somebody else's: its headers, time limit
* `tables`: tables whose cells are data: a cell's text, link and weight
* `token_warnings`: what is said of a token that ends soon, and the command that renews it
* `wall`: scenes, playlists, screens of the video wall, an operator's holds
* `webhooks`: what programs of others are told of changes: the body, the signature, the sending
* `wording`: what is said in the same words on a page, on paper, in a mail and by a command
* `words`: texts by key in Kazakh, Russian and English: catalogues, plural forms, numbers, words of errors

Imports: reads through `layers`, writes through the commands of `geo`; only `cli` imports `etl`. No SQL here,
no CRS: coordinates pass through as `layers` gives them, EPSG:4326 in axis order lon, lat. Pages never import
pages, nothing imports `app` but `server`.

A page exposes PATH ("/wall/<scene>"), TITLE (a word's key), PERMISSION, `layout(**query_and_path)` and
`register(app)` for its callbacks. Inside a request `dashboard.request_context.current()` says who asks, in
which language, and with which servers.

Read in this order: `server`, `security.middleware`, `app`, `shell`, `pages.feeds`.
"""
