"""What turns scenes into a wall: playlists, several screens as one picture, and an operator's holds.

* `holds`: what an operator does to the walls from /map
* `manner`: how a screen is spoken to when it has no scene to show
* `playlists`: which scenes a wall shows in turn, and for how long; one TOML file each
* `scenes`: the scenes, one TOML file each, and their panels
* `screens`: a wall of several screens is one big picture
* `show`: the layout around a scene
* `showing`: what the scenes of a show show: all that the token of its screen opens
* `watch`: POST /api/v1/wall/watch/reloaded {"show", "reason", "silent_s"}

A page in `dashboard.pages` lays a scene out; the conductor in the browser is `assets/wall/turns.js`.
"""
