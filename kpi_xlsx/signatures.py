"""What was typed behind the labels below a table: who filled it in, whom to telephone; read by the labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_xlsx.context import Context
from kpi_xlsx.identity import SIGNATURE_MARK
from kpi_xlsx.model import Note
from kpi_xlsx.tables import Found, is_signature
from kpi_xlsx.values import show

_RULED = " 　_＿\t\n"
"""What stands in for a line to write on."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What stands behind a label, and the label's cell."""

    text: str
    cell: str


def read_signatures(found: Found, context: Context) -> Mapping[str, Signed]:
    """By label, what was typed behind it: in the same cell, or in those to the right up to the next label."""
    labels = context.template.signature
    if not labels:
        return {}
    parts = re.compile("(" + "|".join(map(re.escape, sorted(labels, key=len, reverse=True))) + ")")
    signed: dict[str, Signed] = {}
    for _, cells in found.rows():
        if not is_signature(cells, context):
            continue
        label = None
        for _, cell in sorted(cells.items()):
            for part in parts.split(show(cell)):
                text = part.strip(_RULED)
                if part in labels:
                    label = part
                    signed.setdefault(label, Signed("", cell.ref))
                elif label is not None and text and text != SIGNATURE_MARK:
                    before = signed[label]
                    signed[label] = Signed(f"{before.text} {text}".strip(), before.cell)
    return signed


def note_unsigned(signed: Mapping[str, Signed], context: Context) -> Iterator[Note]:
    """The labels behind which something must stand, and nothing does; one that a deleted column took along is none."""
    for label in context.template.signed:
        own = signed.get(label)
        if not signed or (own is not None and not own.text):
            yield Note("S114", {"what": label.rstrip(":： ")}, cell=own.cell if own else None)
