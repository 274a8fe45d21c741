"""Without root on Debian or Ubuntu: the servers' packages, fetched by apt into lists of our own and
unpacked into `servers` in the data folder.

Nothing is installed and no script of a package is run. Programs find their files beside themselves; their
libraries and PROJ's data they are told by their environment (`environment`). The folder is made whole or
not at all, and named to our processes by the variable IKOMEK_SERVERS.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from dashboard.machine.accounts import DATABASE
from dashboard.machine.errors import MachineError
from dashboard.machine.folders import own_folder
from dashboard.machine.progress import run_step

VARIABLE = "IKOMEK_SERVERS"
STATUS = Path("/var/lib/dpkg/status")
AGAIN = re.compile(r"^Package: (?:postgresql|postgis|redis)", re.MULTILINE)
"""Packages that are fetched even where the machine has them: half of PostgreSQL from here and half from
there would not find each other."""
FETCH = """
set -e
version=$(apt-cache depends postgresql \\
    | sed -n 's/.*Depends: postgresql-\\([0-9][0-9]*\\)$/\\1/p' | head -n 1)
for package in "$@"; do
    names="$names $(printf %s "$package" | sed "s/^postgresql-15/postgresql-${version:-15}/")"
done
fetched=$(apt-get -qq -y --no-install-recommends --print-uris install $names \\
    | awk '{print $2}' | cut -d_ -f1)
test -n "$fetched"
apt-get -q download $fetched
mkdir ../tree
for package in *.deb; do dpkg -x "$package" ../tree; done
"""
NAMED = {"PROJ_DATA": "share/proj", "GDAL_DATA": "share/gdal"}


def folder(data: Path) -> Path:
    return data / "servers"


def use(data: Path) -> None:
    """Let this process and those it starts find what was unpacked, if anything was."""
    if (folder(data) / "usr").is_dir():
        os.environ[VARIABLE] = str(folder(data))


def root() -> Path | None:
    """The unpacked `usr`, none where nothing is."""
    named = os.environ.get(VARIABLE)
    return Path(named) / "usr" if named else None


def environment() -> dict[str, str]:
    """The environment in which an unpacked program finds its libraries and data; empty where nothing is
    unpacked."""
    usr = root()
    if usr is None:
        return {}
    folders = sorted(
        {library.parent for library in (usr / "lib").glob("*-linux-*/**/lib*.so*")},
        key=lambda path: (len(path.parts), path),
    )
    paths = [*map(str, folders), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return {"LD_LIBRARY_PATH": ":".join(paths)} | {
        name: str(usr / path) for name, path in NAMED.items() if (usr / path).is_dir()
    }


def program(name: str) -> Path | None:
    """A program of `usr/bin`, such as "redis-server"."""
    usr = root()
    return usr / "bin" / name if usr is not None and (usr / "bin" / name).exists() else None


def wheels() -> list[Path]:
    """Debian's own wheel of pip, for a Python without ensurepip."""
    usr = root()
    return sorted((usr / "share/python-wheels").glob("pip-*.whl")) if usr is not None else []


def ensure(packages: list[str], data: Path, log: Path) -> None:
    """Fetch the packages with all that this machine lacks of what they need, and unpack them."""
    own_folder(data, DATABASE)
    work = data / "servers.new"
    shutil.rmtree(work, ignore_errors=True)
    settings = apt_settings(work)
    run_step("Reading the lists of packages", ["apt-get", "-q", "update"], log, settings)
    run_step(
        f"Unpacking without root: {', '.join(packages)}",
        ["sh", "-c", FETCH, "fetch", *packages],
        log,
        settings,
        work / "packages",
    )
    link_extensions(work / "tree/usr")
    shutil.rmtree(folder(data), ignore_errors=True)
    (work / "tree").rename(folder(data))
    shutil.rmtree(work)
    use(data)


def apt_settings(work: Path) -> dict[str, str]:
    """An environment in which apt keeps its lists and archives in `work`, and believes that no server is
    installed."""
    for name in ("lists/partial", "cache/archives/partial", "packages"):
        (work / name).mkdir(parents=True)
    (work / "status").write_text(without_servers(STATUS.read_text(encoding="utf-8")), encoding="utf-8")
    if '"' in str(work):
        raise MachineError(
            f"The path of the data folder contains a quotation mark: {work}. Choose another with --data."
        )
    (work / "apt.conf").write_text(
        f'Dir::State::lists "{work}/lists";\nDir::State::status "{work}/status";\nDir::Cache '
        f'"{work}/cache";\nAPT::Install-Recommends "false";\n'
    )
    return os.environ | {"APT_CONFIG": str(work / "apt.conf"), "LC_ALL": "C.UTF-8"}


def without_servers(status: str) -> str:
    """dpkg's status without the packages that are to come again."""
    return "\n\n".join(part for part in status.split("\n\n") if not AGAIN.search(part))


def link_extensions(usr: Path) -> None:
    """Debian names PostGIS' control files by an alternative that only its installation sets:
    postgis.control is postgis-3.control."""
    for control in usr.glob("share/postgresql/*/extension/postgis*-3.control"):
        plain = control.with_name(control.name.replace("-3.control", ".control"))
        if not plain.exists():
            plain.unlink(missing_ok=True)
            plain.symlink_to(control.name)
