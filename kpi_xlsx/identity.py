"""What a form says of itself, how it is sealed, and how it is found again in a workbook that was handled roughly."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable

from kpi_xlsx.model import Goal, Identity, Scalar, plain
from kpi_xlsx.template import Table, Template, given

PAYLOAD = "kpi-xlsx:"
"""How the hidden identity begins, in cell, property and hidden sheet alike."""
PROPERTY = "kpi-xlsx"
MARK = "#"
"""Before the hidden column keys and row ids, so that nothing a person types is taken for one."""
SIGNATURE_MARK = f"{MARK}*signature"

_FORM_ID = re.compile(r"(?<!\d)(\d{6})-([\w.-]{1,20})-([0-9A-F]{6})-([0-9A-F]{6})(?![0-9A-F])")


def revision(template: Template, rows: Iterable[tuple[str, str, Iterable[Scalar | None]]]) -> str:
    """A short hash of a department's own given cells: (goal id, role, given cells in the template's order) a row.

    Independent of the order of the rows; white space at the ends and number formats do not count.
    """
    canonical = sorted([goal, role, [plain(cell).strip() for cell in cells]] for goal, role, cells in rows)
    text = json.dumps([template.id, canonical], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12].upper()


def given_cells(table: Table, goal: Goal) -> list[Scalar | None]:
    """A goal's given cells as the form shows them, in the template's order."""
    return [given(column, goal) for column in table.given]


def seal(key: str, cycle: str, period: str, template: str, department: str, form_revision: str) -> str:
    """HMAC-SHA-256 over what a form says of itself, shortened to 64 bits."""
    text = json.dumps([cycle, period, template, department, form_revision], ensure_ascii=False)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:16].upper()


def make_identity(key: str, cycle: str, period: str, template: str, department: str, form_revision: str) -> Identity:
    """A sealed identity."""
    made = seal(key, cycle, period, template, department, form_revision)
    return Identity(cycle, period, template, department, form_revision, made)


def holds(key: str, identity: Identity) -> bool:
    """Whether an identity still carries the seal that it was given."""
    expected = seal(key, identity.cycle, identity.period, identity.template, identity.department, identity.revision)
    return hmac.compare_digest(expected.encode(), identity.seal.encode())


def to_payload(identity: Identity) -> str:
    """The hidden form of an identity: one line, well under the 255 characters of a document property."""
    fields = [
        identity.cycle,
        identity.period,
        identity.template,
        identity.department,
        identity.revision,
        identity.seal,
    ]
    return PAYLOAD + json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def from_payload(text: str) -> Identity | None:
    """The identity in a cell, property or hidden sheet, or None if the text is anything else."""
    if not text.startswith(PAYLOAD):
        return None
    try:
        fields = json.loads(text[len(PAYLOAD) :])
        json.dumps(fields, ensure_ascii=False).encode()  # JSON can spell lone surrogates, which nothing can write down
    except (ValueError, RecursionError):
        return None
    if isinstance(fields, list) and len(fields) == 6 and all(isinstance(part, str) for part in fields):
        return Identity(*fields)
    return None


def form_id(identity: Identity, stamp: str) -> str:
    """The printed form id: period, department, revision, seal; a person can read it out over the telephone."""
    return f"{stamp}-{identity.department}-{identity.revision[:6]}-{identity.seal[:6]}"


def find_form_id(text: str) -> tuple[str, str, str, str] | None:
    """Stamp, department, and the first six signs of revision and seal of a form id anywhere in a text."""
    match = _FORM_ID.search(text)
    return None if match is None else (match[1], match[2], match[3], match[4])
