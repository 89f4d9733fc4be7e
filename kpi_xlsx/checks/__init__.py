"""All rules, family by family, and the order in which they judge a return and a round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpi_xlsx.checks import (
    across,
    assessed,
    deadlines,
    disputes,
    echoes,
    files,
    identity,
    plan_measures,
    plans,
    required,
    rhythm,
    structure,
    targets,
    values,
    years,
)
from kpi_xlsx.checks.rule import Check, Round
from kpi_xlsx.context import Context
from kpi_xlsx.model import Finding, Return, Severity
from kpi_xlsx.plan_comparison import Comparison

# X109 stands behind the disputes: rules go by their codes.
FAMILIES: tuple[tuple[Check, ...], ...] = (
    files.CHECKS,
    identity.CHECKS,
    structure.CHECKS,
    required.CHECKS,
    values.CHECKS,
    deadlines.CHECKS,
    targets.CHECKS,
    (
        *across.CHECKS,
        *disputes.CHECKS,
        across.part_missing,
        *years.CHECKS,
        *echoes.CHECKS,
        *rhythm.CHECKS,
        *assessed.CHECKS,
    ),
    (*plans.CHECKS, *plan_measures.CHECKS),
)
CHECKS: tuple[Check, ...] = tuple(check for family in FAMILIES for check in family)
BY_CODE = {check.code: check for check in CHECKS}


def judge(ret: Return, context: Context) -> list[Finding]:
    """What is to be said of one return by itself.

    No cascades: an error of family F or I, or a blank form, stops the later families; a finding of family R silences
    family V on its cell.
    """
    found: list[Finding] = []
    taken: set[tuple[str | None, str | None]] = set()
    for family in FAMILIES:
        hits = [
            one.find(hit, context, ret)
            for one in family
            if one.of_return is not None
            for hit in one.of_return(ret, context)
        ]
        if family is required.CHECKS:
            taken = {(finding.goal, finding.column) for finding in hits}
        elif family is values.CHECKS:
            hits = [finding for finding in hits if (finding.goal, finding.column) not in taken]
        found.extend(hits)
        grave = any(BY_CODE[finding.code].severity is Severity.ERROR for finding in hits)
        if (family in (files.CHECKS, identity.CHECKS) and grave) or any(finding.code == "S108" for finding in hits):
            break
    return found


def judge_round(round_: Round) -> Iterator[Finding]:
    """What is to be said of all returns together."""
    for one in CHECKS:
        if one.of_round is not None:
            for hit in one.of_round(round_):
                yield one.find(hit, round_.context)


def judge_plan(comparison: Comparison, context: Context) -> Iterator[Finding]:
    """What is to be said of the plan, against that of the cycle before."""
    for one in CHECKS:
        if one.of_plan is not None:
            for hit in one.of_plan(comparison, context):
                yield one.find(hit, context)


def matches(code: str, prefixes: Iterable[str]) -> bool:
    """Whether a code begins with any of these prefixes (`R`, `V10`, `D101`)."""
    return code.startswith(tuple(prefixes))
