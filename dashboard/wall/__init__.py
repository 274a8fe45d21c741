"""What turns scenes into a wall: playlists, several screens as one picture, and an operator's holds.

* `holds`: GET and POST /api/v1/wall: hold, release, silence (how long: geo.wall)
* `manner`: language and size of letters of a screen that has no scene to show
* `playlists`: playlists in TOML: keys, shortest and longest turn, days and hours; which scene is due
* `scenes`: scenes in TOML: keys, themes, seats; their panels
* `screens`: ?screen=2x3:1,2: most rows and columns, widest bezel
* `show`: the layout of a wall: all scenes of its show, for the conductor in the browser
* `showing`: which kinds of incident and layers a screen's token opens: those of its scenes
* `watch`: POST by which a screen's watchdog reports that it loads its page again

A page in `dashboard.pages` lays a scene out; the conductor in the browser is `assets/wall/turns.js`.
"""
