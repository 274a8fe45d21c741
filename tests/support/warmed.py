"""What the process that servers are forked from has read before: the product, its catalogues, and its scripts
and styles. Each server would read them anew."""

from __future__ import annotations

import gc

import dashboard.server  # noqa: F401 - is read here, for who is forked from here
from dashboard import bundles, words

for language in words.LANGUAGES:
    words.catalogue(language)
bundles.tags()
gc.collect()
gc.freeze()  # a fork's collector would write to what is shared, and so make it its own
