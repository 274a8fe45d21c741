"""What turns scenes into a wall: playlists (`playlists`), several screens as one picture (`screens`), the frame around a scene that the conductor of
`assets/wall_turns.js` works in (`show`), an operator's holds (`holds`), how a screen without a scene is spoken to (`manner`), what a screen's token opens (`showing`), and what a screen's watchdog reports (`watch`). Read them in this order.

The scenes themselves are files in `dashboard/scenes`; a page in `dashboard/pages` lays one out. Here only `showing` knows what a scene shows.
"""
