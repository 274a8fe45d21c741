"""The format of the rows of a package: XML with its schema, and CSV. This is the one module that knows it:
the columns that the Commission wants could not be had, and when they can, they are written here."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from typing import Protocol
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from geo.errors import InvalidInput
from geo.voters import iin
from geo.voters.package.source import PrecinctRows, TransferRow
from geo.voters.rows import NEEDED, read_date

NAMESPACE = "urn:ikomek109:voters:1"
FIELDS = ("iin", "surname", "first_name", "patronymic", "birth", "address")
"""The elements of a voter, in this order; the salt is an attribute."""
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Characters that XML 1.0 cannot hold."""
PLAIN = re.compile("[^\x00-\x1f&<>\ufffe\uffff\ud800-\udfff]*")
"""Text that needs no escaping in XML: nearly every row."""
VOTER = '<voter salt="{}">' + "".join(f"<{name}>{{}}</{name}>" for name in FIELDS) + "</voter>"
SCHEMA = f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{NAMESPACE}" targetNamespace="{NAMESPACE}"
    elementFormDefault="qualified" version="1">
  <xs:element name="precinct">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="voter" minOccurs="0" maxOccurs="unbounded">
          <xs:complexType>
            <xs:sequence>
              <xs:element name="iin"><xs:simpleType><xs:restriction base="xs:string">
                <xs:pattern value="[0-9]{{12}}"/></xs:restriction></xs:simpleType></xs:element>
              <xs:element name="surname" type="text"/>
              <xs:element name="first_name" type="text"/>
              <xs:element name="patronymic" type="xs:string"/>
              <xs:element name="birth" type="xs:date"/>
              <xs:element name="address" type="text"/>
            </xs:sequence>
            <xs:attribute name="salt" use="required"><xs:simpleType><xs:restriction base="xs:string">
              <xs:pattern value="[0-9a-f]{{32}}"/></xs:restriction></xs:simpleType></xs:attribute>
          </xs:complexType>
        </xs:element>
      </xs:sequence>
      <xs:attribute name="number" type="xs:string" use="required"/>
      <xs:attribute name="voters" type="xs:nonNegativeInteger" use="required"/>
    </xs:complexType>
  </xs:element>
  <xs:simpleType name="text"><xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction>
  </xs:simpleType>
</xs:schema>
"""


class DocumentFormat(Protocol):
    """A form of the rows of a precinct. What is written is read as the same rows."""

    suffix: str

    def write(self, precinct: PrecinctRows) -> bytes: ...

    def read(self, content: bytes) -> PrecinctRows: ...


class XmlDocument:
    suffix = ".xml"

    def write(self, precinct: PrecinctRows) -> bytes:
        """Raises `InvalidInput` ("voters.unwritable") for a row that holds what XML cannot."""
        head = f"number={quoteattr(precinct.number)} voters={quoteattr(str(len(precinct.rows)))}"
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<precinct xmlns="{NAMESPACE}" {head}>',
        ]
        for n, row in enumerate(precinct.rows, start=1):
            if PLAIN.fullmatch("".join(row)):
                lines.append(VOTER.format(*row))
            elif UNWRITABLE.search("".join(row)):
                raise InvalidInput("voters.unwritable", precinct=precinct.number, row=n)
            else:
                lines.append(VOTER.format(row.salt, *map(escape, row[1:])))
        return "\n".join([*lines, "</precinct>\n"]).encode()

    def read(self, content: bytes) -> PrecinctRows:
        """Raises `InvalidInput` ("voters.document_broken"); what it says quotes nothing of the row."""
        try:
            precinct = ElementTree.fromstring(content)
            rows = [_row(voter) for voter in precinct.iterfind(f"{{{NAMESPACE}}}voter")]
            return PrecinctRows(precinct.attrib["number"], rows)
        except (ElementTree.ParseError, LookupError, ValueError, TypeError):
            raise InvalidInput("voters.document_broken") from None


class CsvDocument:
    suffix = ".csv"
    columns = ("precinct", "salt", *FIELDS)

    def write(self, precinct: PrecinctRows) -> bytes:
        body = StringIO(newline="")
        rows = csv.writer(body, delimiter=";", lineterminator="\n")
        rows.writerow(self.columns)
        rows.writerows((precinct.number, *row) for row in precinct.rows)
        return body.getvalue().encode()

    def read(self, content: bytes) -> PrecinctRows:
        """Raises `InvalidInput` ("voters.document_broken")."""
        try:
            head, *rows = csv.reader(StringIO(content.decode(), newline=""), delimiter=";", strict=True)
            numbers = {row[0] for row in rows}
            if tuple(head) != self.columns or len(numbers) > 1:
                raise InvalidInput("voters.document_broken")
            return PrecinctRows("".join(numbers), [TransferRow(*row[1:]) for row in rows])
        except (csv.Error, ValueError, TypeError, IndexError):
            raise InvalidInput("voters.document_broken") from None


def read_person(line: str) -> TransferRow:
    """One person's line of the CSV, with precinct and salt or without. Raises `InvalidInput`
    ("voters.row_fields")."""
    try:
        (fields,) = csv.reader([line], delimiter=";", strict=True)
    except (csv.Error, ValueError):
        fields = []
    if len(fields) not in (len(FIELDS), len(CsvDocument.columns)):
        raise InvalidInput("voters.row_fields", found=len(fields), fields=";".join(FIELDS))
    return person_row(*fields[-len(FIELDS) :])


def person_row(*fields: str) -> TransferRow:
    """A row as a person gives it, field by field. Raises `InvalidInput`: "voters.iin", "voters.birth",
    "voters.row_lacks"."""
    row = TransferRow("", *(field.strip() for field in fields))
    if not iin.valid([row.iin])[0]:
        raise InvalidInput("voters.iin")
    born = read_date(row.birth)
    if born is None:
        raise InvalidInput("voters.birth")
    lacking = [name for name in NEEDED if not getattr(row, name)]
    if lacking:
        raise InvalidInput("voters.row_lacks", fields=", ".join(lacking))
    return row._replace(birth=born.isoformat())


def is_heading(line: str) -> bool:
    return line in (";".join(CsvDocument.columns), ";".join(FIELDS))


def person_csv(row: TransferRow) -> bytes:
    """One person's line of the CSV under its heading, as `read_person` reads it."""
    body = StringIO(newline="")
    rows = csv.writer(body, delimiter=";", lineterminator="\n")
    rows.writerows((FIELDS, row[1:]))
    return body.getvalue().encode()


FORMATS: tuple[DocumentFormat, ...] = (XmlDocument(), CsvDocument())


def _row(voter: ElementTree.Element) -> TransferRow:
    return TransferRow(voter.attrib["salt"], *_texts(voter))


def _texts(voter: ElementTree.Element) -> Iterator[str]:
    for name in FIELDS:
        found = voter.find(f"{{{NAMESPACE}}}{name}")
        if found is None:
            raise KeyError(name)
        yield found.text or ""
