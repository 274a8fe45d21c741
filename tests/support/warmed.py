"""What the process that servers are forked from has read before: the product, its catalogues, its scripts and
styles, packed, and what putting an application together reads. Each server would read them anew."""

from __future__ import annotations

import gc

import uvicorn

from dashboard import bundles, server, words
from geo.settings import Settings

for language in words.LANGUAGES:
    words.catalogue(language)
bundles.read_ahead()
config = uvicorn.Config(server.create_app(Settings.load({})), log_config=None)
config.load()
config.get_loop_factory()
del config  # each server makes its own
gc.collect()
gc.freeze()  # a fork's collector would write to what is shared, and so make it its own
