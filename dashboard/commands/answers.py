"""`./ikomek answers check|import|export`: articles for operators as a file, checked by line."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.mistakes import print_mistakes
from dashboard.words import word
from geo.answers import articles
from geo.answers.file import ReadArticles, import_articles, read_articles, read_file, write_articles
from geo.audit.terminal import terminal_person
from geo.database import connected
from geo.errors import InvalidInput, LineMistake
from geo.settings import Settings


def main(settings: Settings, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek answers", description=word("command.answers"))
    commands = parser.add_subparsers(required=True, metavar="check|import|export")
    for name, run in (("check", run_check), ("import", run_import), ("export", run_export)):
        one = commands.add_parser(name, help=word(f"command.answers.{name}"))
        one.add_argument("file", type=Path, metavar="FILE.csv")
        one.set_defaults(run=run)
    args = parser.parse_args(argv[1:])
    return args.run(settings, args.file)


def run_check(settings: Settings, path: Path) -> int:
    """Exit code 1 where anything is wrong."""
    read = _read(settings, path)
    if read.mistakes:
        return print_mistakes(path, read.mistakes, sentence)
    print(word("command.answers.right", n=len(read.articles)))
    return 0


def run_import(settings: Settings, path: Path) -> int:
    """All of it or nothing. Raises `InvalidInput` ("answers.file", "answers.mistakes")."""
    read = _read(settings, path)
    if read.mistakes:
        print_mistakes(path, read.mistakes, sentence)
        raise InvalidInput("answers.mistakes", file=str(path), count=len(read.mistakes))
    with connected(settings, "accounts") as connection:
        count = import_articles(connection, settings.city, read.articles, terminal_person())
    print(word("command.answers.imported", **vars(count)))
    return 0


def run_export(settings: Settings, path: Path) -> int:
    with connected(settings, "reader") as connection:
        written, n = write_articles(connection, settings.city)
    try:
        path.write_text(written, encoding="utf-8")
    except OSError as error:
        raise InvalidInput("answers.file", file=str(path), reason=str(error)) from error
    print(word("command.answers.exported", n=n, file=path))
    return 0


def _read(settings: Settings, path: Path) -> ReadArticles:
    content = read_file(path)
    with connected(settings, "reader") as connection:
        known = articles.topics(connection)
    return read_articles(content, known, settings.city.today())


def sentence(mistake: LineMistake) -> str:
    return word(f"answers.mistake.{mistake.code}", **mistake.parameters)
