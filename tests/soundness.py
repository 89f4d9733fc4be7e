"""What must be true of the end that a file comes to, whatever the file was."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import asdict
from pathlib import Path

from kpi_xlsx.context import Context
from kpi_xlsx.intake import Arrival
from kpi_xlsx.model import Return, ReturnStatus, Severity
from kpi_xlsx.packing import pack, unpack
from kpi_xlsx.surveying import Inspected, inspect

FATAL = {"F101", "F102", "F103", "F104", "F106", "I101", "I102", "I103"}


def look(context: Context, place: Path, body: bytes, name: str = "a.xlsx") -> list[Inspected]:
    """What becomes of a file that is put there, once it is certain that it came to a proper end."""
    place.write_bytes(body)
    results = inspect(context, [Arrival(f"inbox/{name}", place)])
    assert results, "the file came to no end at all"
    for one in results:
        must_be_sound(context, one)
    assert pickle.loads(pickle.dumps(results)) == results, "it changes on the way between processes"
    kept = unpack(tuple[Inspected, ...], pack(tuple[Inspected, ...], results))
    assert list(kept) == results, "it changes on the way through the ledger"
    assert [[finding.words for finding in one.findings] for one in kept] == [
        [finding.words for finding in one.findings] for one in results
    ]
    return results


def must_be_sound(context: Context, one: Inspected) -> None:
    ret = one.ret
    codes = {note.code for note in ret.notes}
    assert ret.status in ReturnStatus
    assert (ret.status is ReturnStatus.QUARANTINED) == bool(codes & FATAL), (ret.status, codes)
    if ret.status is ReturnStatus.QUARANTINED:
        assert not ret.entries
        assert any(finding.severity is Severity.ERROR for finding in one.findings)
    if ret.status is ReturnStatus.READ:
        _must_be_of_the_plan(context, ret)
    assert all(finding.message and finding.hint for finding in one.findings)
    text = json.dumps([asdict(ret), [asdict(finding) for finding in one.findings]], default=str, ensure_ascii=False)
    text.encode()


def _must_be_of_the_plan(context: Context, ret: Return) -> None:
    if ret.sheet is None:  # a bundle, whose members have ends of their own
        assert not ret.entries
        return
    assert ret.department is not None
    goals = {goal.id for goal in context.plan.goals_of(ret.department)}
    for entry in ret.entries:
        assert entry.goal in goals | set(context.spare_ids())
        for answer in entry.answers.values():
            assert not isinstance(answer.value, float) or math.isfinite(answer.value)
            assert (answer.value is None) == (answer.fault is not None or answer.absent)
