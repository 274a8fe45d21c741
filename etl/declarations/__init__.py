"""Feeds declared without code, in TOML. Examples: `etl/examples`.

* `files`: feeds of one's own, declared in a TOML file: one table a feed, its keys those of etl.registry.Feed
* `keys`: the page of everything that a declaration may say, as Markdown, made of the code itself
"""
