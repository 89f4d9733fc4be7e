"""Files to what their own checks find: handfuls of them, here or through any executor; nothing is concluded yet."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache, partial

from kpi_xlsx.checks import judge
from kpi_xlsx.context import Context
from kpi_xlsx.intake import Arrival, chunks
from kpi_xlsx.model import Finding, Return
from kpi_xlsx.returns import read_returns


@dataclass(frozen=True, slots=True)
class Inspected:
    """A return with what its own checks found."""

    ret: Return
    findings: tuple[Finding, ...]


def inspect(context: Context, arrivals: Sequence[Arrival]) -> list[Inspected]:
    """Read and judge a handful of files. Runs in any process; never raises for what a sender did."""
    return [
        Inspected(ret, tuple(judge(ret, context))) for arrival in arrivals for ret in read_returns(arrival, context)
    ]


def survey(
    context: Context,
    arrivals: Sequence[Arrival],
    executor: Executor | None = None,
    advance: Callable[[int], None] | None = None,
) -> Iterator[Inspected]:
    """Inspect all files in their order, here or on an executor; `advance` hears of each handful that is done."""
    handfuls = list(chunks(arrivals))
    if executor is None:
        found: Iterable[list[Inspected]] = map(partial(inspect, context), handfuls)
    else:
        found = executor.map(partial(_inspect_elsewhere, pickle.dumps(context)), handfuls)
    for handful, results in zip(handfuls, found, strict=True):
        yield from results
        if advance is not None:
            advance(len(handful))


def _inspect_elsewhere(packed: bytes, arrivals: Sequence[Arrival]) -> list[Inspected]:
    return inspect(_unpacked(packed), arrivals)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Context:
    """The context of a worker process, with what it has worked out of a large plan, kept from handful to handful."""
    context: Context = pickle.loads(packed)
    return context
