"""The commands of `./ikomek` that need the installed packages, one module a subject; `dashboard.cli` composes them.

Each offers `main(settings, argv) -> exit code`, where `argv[0]` is the command's own name.
"""
