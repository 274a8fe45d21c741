"""What a manifest must be before anything in it is used: whoever signed it, it may say anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from geo.errors import InvalidInput
from geo.foreign_json import read_foreign_json
from geo.voters.package.export import FORMAT, MANIFEST

Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class PrecinctEntry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    number: str
    voters: Count
    root: Hash


class Manifest(BaseModel):
    """What is used of it; it says more."""

    model_config = ConfigDict(strict=True)
    format: Literal["ikomek109-voters-1"]
    region: str
    list_id: Count = Field(alias="list")
    voters: Count
    precincts: list[PrecinctEntry]
    files: dict[str, Hash]


def read_manifest(folder: Path) -> tuple[bytes, dict[str, Any]]:
    """Its bytes, and what they say. Raises `InvalidInput`: "voters.no_package" where there is none,
    "voters.manifest" for one of another shape, with the place in it."""
    body = read_bytes(folder / MANIFEST)
    if body is None:
        raise InvalidInput("voters.no_package", folder=str(folder))
    try:
        manifest = read_foreign_json(body)
        Manifest.model_validate(manifest)
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"]))
        raise _other_shape(folder, where or "–") from None
    except ValueError:
        raise _other_shape(folder, "JSON") from None
    numbers = [one["number"] for one in manifest["precincts"]]
    if len(set(numbers)) < len(numbers):
        raise _other_shape(folder, "precincts")
    return body, manifest


def _other_shape(folder: Path, where: str) -> InvalidInput:
    return InvalidInput("voters.manifest", file=str(folder / MANIFEST), where=where, format=FORMAT)


def read_bytes(path: Path) -> bytes | None:
    """None where it is no file that can be read: what waits for a writer, as a pipe does, is none."""
    try:
        return path.read_bytes() if path.is_file() else None
    except (OSError, ValueError):
        return None
