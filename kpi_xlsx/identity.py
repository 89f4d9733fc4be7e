"""What a form says of itself, how it is sealed, and how it is found again in a workbook that was handled roughly."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable

from kpi_xlsx.model import Goal, Identity, Scalar, id_key, plain
from kpi_xlsx.template import Table, Template, given

PAYLOAD = "kpi-xlsx:"
"""How the hidden identity begins, in cell, property and hidden sheet alike."""
PROPERTY = "kpi-xlsx"
PROPERTY_ROOM, CELL_ROOM = 255, 32_767
"""How many characters a document property and a cell hold."""
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


def make_identity(
    key: str,
    cycle: str,
    period: str,
    template: str,
    department: str,
    form_revision: str,
    goals: tuple[str, ...] = (),
) -> Identity:
    """A sealed identity; the goals of a partial form are sealed by its revision, which is over their rows alone."""
    made = seal(key, cycle, period, template, department, form_revision)
    return Identity(cycle, period, template, department, form_revision, made, goals)


def holds(key: str, identity: Identity) -> bool:
    """Whether an identity still carries the seal that it was given."""
    expected = seal(key, identity.cycle, identity.period, identity.template, identity.department, identity.revision)
    return hmac.compare_digest(expected.encode(), identity.seal.encode())


def to_payload(identity: Identity, room: int = CELL_ROOM) -> str:
    """The hidden form of an identity: one line of at most `room` characters.

    The list of a partial form's goals is left out where it would not fit: its rows tell, too.
    """
    fields: list[object] = [
        identity.cycle,
        identity.period,
        identity.template,
        identity.department,
        identity.revision,
        identity.seal,
    ]
    bare = _packed(fields)
    full = _packed([*fields, list(identity.goals)]) if identity.goals else bare
    return full if len(full) <= room else bare


def _packed(fields: list[object]) -> str:
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
    if not isinstance(fields, list) or len(fields) not in (6, 7):
        return None
    own, goals = fields[:6], fields[6:]
    if not all(isinstance(part, str) for part in own) or not all(map(_is_list_of_goals, goals)):
        return None
    return Identity(*own, *map(tuple, goals))


def _is_list_of_goals(value: object) -> bool:
    """Whether it is a list of goal ids as forms carry it: some, none of them blank or twice."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return False
    keys = {id_key(one) for one in value}
    return bool(keys) and "" not in keys and len(keys) == len(value)


def form_id(identity: Identity, stamp: str) -> str:
    """The printed form id: period, department, revision, seal; a person can read it out over the telephone."""
    return f"{stamp}-{identity.department}-{identity.revision[:6]}-{identity.seal[:6]}"


def find_form_id(text: str) -> tuple[str, str, str, str] | None:
    """Stamp, department, and the first six signs of revision and seal of a form id anywhere in a text."""
    match = _FORM_ID.search(text)
    return None if match is None else (match[1], match[2], match[3], match[4])
