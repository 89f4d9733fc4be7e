"""Files to what their own checks find: handfuls of them, here or through any executor; nothing is concluded yet.

What the ledger knows of the same content, read by the same program for the same cycle, is not read again.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain

from kpi_xlsx.book import Unreadable
from kpi_xlsx.checks import judge
from kpi_xlsx.context import Context
from kpi_xlsx.fingerprints import fingerprint, sealed
from kpi_xlsx.intake import Arrival, chunks, load
from kpi_xlsx.memory import Memory, Reading
from kpi_xlsx.model import Finding, Return
from kpi_xlsx.packing import pack, unpack
from kpi_xlsx.returns import read_returns


@dataclass(frozen=True, slots=True)
class Inspected:
    """A return with what its own checks found."""

    ret: Return
    findings: tuple[Finding, ...]
    recalled: bool = field(default=False, compare=False)
    """The ledger knew it; nothing was read."""


def inspect(context: Context, arrivals: Sequence[Arrival]) -> list[Inspected]:
    """Read and judge a handful of files. Runs in any process; never raises for what a sender did."""
    return list(chain.from_iterable(_inspect_each(context, arrivals)))


def survey(
    context: Context,
    arrivals: Sequence[Arrival],
    executor: Executor | None = None,
    advance: Callable[[int], None] | None = None,
    memory: Memory | None = None,
) -> Iterator[Inspected]:
    """Inspect all files in their order, here or on an executor; `advance` hears of each handful that is done.

    Of contents that `memory` knows nothing is read again.
    """
    recalled = list(_recall(context, arrivals, memory))
    missing = [arrival for arrival, known in zip(arrivals, recalled, strict=True) if known is None]
    if advance is not None:
        advance(len(arrivals) - len(missing))
    fresh = _read(context, missing, executor, advance)
    for known in recalled:
        yield from next(fresh) if known is None else known


def _read(
    context: Context, arrivals: Sequence[Arrival], executor: Executor | None, advance: Callable[[int], None] | None
) -> Iterator[list[Inspected]]:
    """File by file what it holds."""
    handfuls = list(chunks(arrivals))
    if executor is None or not handfuls:
        found: Iterable[list[list[Inspected]]] = map(partial(_inspect_each, context), handfuls)
    else:
        found = executor.map(partial(_inspect_elsewhere, pickle.dumps(context)), handfuls)
    for handful, results in zip(handfuls, found, strict=True):
        if advance is not None:
            advance(len(handful))
        yield from results


def _inspect_each(context: Context, arrivals: Sequence[Arrival]) -> list[list[Inspected]]:
    return [
        [Inspected(ret, tuple(_judge(ret, context))) for ret in read_returns(arrival, context)] for arrival in arrivals
    ]


def _judge(ret: Return, context: Context) -> Iterator[Finding]:
    """What its own checks find in a return; an assessor's is judged by the template and plan of its form."""
    assessing = context.assessing
    if not ret.assessor or assessing is None:
        yield from judge(ret, context)
        return
    for finding in judge(replace(ret, department=ret.assessor), assessing):
        yield replace(finding, department=None)


def _inspect_elsewhere(packed: bytes, arrivals: Sequence[Arrival]) -> list[list[Inspected]]:
    return _inspect_each(_unpacked(packed), arrivals)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Context:
    """The context of a worker process, with what it has worked out of a large plan, kept from handful to handful."""
    context: Context = pickle.loads(packed)
    return context


# --- what the ledger knows --------------------------------------------------------------------------------------------


def make_readings(context: Context, inspected: Iterable[Inspected]) -> Iterator[Reading]:
    """What was read in this run, file by file, for the ledger to keep; a bundle's members stand with it.

    What a password opened is kept too, but under no fingerprint, so that it is never served.
    """
    own = fingerprint(context)
    for group in _by_file(inspected):
        first = group[0].ret
        if first.sha256 is not None and not group[0].recalled:
            text = pack(tuple[Inspected, ...], group)
            served = "" if any(one.ret.momentary for one in group) else own
            mark = sealed(context, first.file, first.sha256, served, text)
            yield Reading(first.file, first.sha256, served, mark, text)


def _by_file(inspected: Iterable[Inspected]) -> Iterator[list[Inspected]]:
    """What one file gave: its forms, or a bundle and its members, which follow it."""
    group: list[Inspected] = []
    for one in inspected:
        if group and one.ret.file != group[0].ret.file and not one.ret.file.startswith(f"{group[0].ret.file}/"):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _recall(
    context: Context, arrivals: Sequence[Arrival], memory: Memory | None
) -> Iterator[tuple[Inspected, ...] | None]:
    """For each file what the ledger knows of its content, which is looked at each time; None where it must be read."""
    own = "" if memory is None else fingerprint(context)
    names = frozenset() if memory is None else memory.readings_under(own)
    for arrival in arrivals:
        if memory is None or arrival.name not in names:
            yield None
            continue
        try:
            modified = arrival.path.lstat().st_mtime
            sha256 = load(arrival.path, context.limits)[1]
        except (OSError, Unreadable):
            yield None
            continue
        reading = memory.reading(arrival.name, sha256, own)
        yield None if reading is None else _unpack(context, reading, modified)


def _unpack(context: Context, reading: Reading, modified: float) -> tuple[Inspected, ...] | None:
    """What was read, with the time that the file bears today; None if somebody wrote into it."""
    if reading.mark != sealed(context, reading.name, reading.sha256, reading.fingerprint, reading.text):
        return None
    found: tuple[Inspected, ...] = unpack(tuple[Inspected, ...], reading.text)
    return tuple(replace(one, ret=replace(one.ret, modified=modified), recalled=True) for one in found)
