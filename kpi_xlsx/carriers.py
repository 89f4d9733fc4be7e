"""The identities that a form's sheet itself carries: the hidden one and the printed form id."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_xlsx import identity as identities
from kpi_xlsx.model import Identity
from kpi_xlsx.tables import Found

IDENTITY_ROWS = 400
"""How far below the headings an identity is looked for, which belongs above them."""


@dataclass(frozen=True, slots=True)
class Carriers:
    """What one table's sheet says of itself."""

    payload: Identity | None
    printed: tuple[str, str, str, str] | None

    @classmethod
    def of(cls, found: Found) -> Carriers:
        payload = printed = None
        for row, cells in found.all_rows():
            if row > found.first_row + IDENTITY_ROWS or (payload and printed):
                break
            for cell in cells.values():
                if isinstance(cell.value, str):
                    payload = payload or identities.from_payload(cell.value)
                    printed = printed or identities.find_form_id(cell.value)
        return cls(payload, printed)

    @property
    def any(self) -> bool:
        return self.payload is not None or self.printed is not None
