"""The pages “what happens if …” in both languages: each line is done to a real inbox, and ends as the page says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import returns_kit as kit
from comebacks import CASES

from kpi_xlsx.checks import BY_CODE
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language, ReturnStatus, Scalar, State
from kpi_xlsx.report import Report

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {Language.EN: DOCS / "what-happens-if.md", Language.ZH: DOCS / "what-happens-if.zh-CN.md"}
ENDS = {
    ReturnStatus.READ: ("读取", "read"),
    ReturnStatus.ATTACHED: ("附件", "attached"),
    ReturnStatus.IGNORED: ("忽略", "ignored"),
    ReturnStatus.QUARANTINED: ("无法采用", "set aside"),
}
MISSING = "X101"
"""Not on the page's lines: it stands where nothing of A was read, and nowhere else."""


@dataclass(frozen=True)
class Line:
    """A line of a page: the ends of the files, and the findings (one that is settled stands in brackets)."""

    ends: frozenset[str]
    findings: frozenset[str]


def read_page(language: Language) -> Mapping[str, Line]:
    found = {}
    for line in PAGES[language].read_text("utf-8").splitlines():
        if re.match(r"\| \d", line):
            number, _, ends, findings, _ = (cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
            found[number] = Line(frozenset(re.split(r"、|, ", ends)), frozenset(findings.split()))
    return found


Answers = dict[tuple[str, str], Scalar | None]
"""A's answers by goal and column."""


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Language, Cycle]:
    folder = tmp_path_factory.mktemp("originals")
    return {language: kit.make_cycle(folder / language, language) for language in Language}


@pytest.fixture(scope="module")
def well_answered(
    originals: Mapping[Language, Cycle], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[Language, Answers]:
    """What A's form says as it is before anything happens to it."""
    folder = tmp_path_factory.mktemp("good")
    cycles = {language: kit.copy_cycle(cycle, folder / language) for language, cycle in originals.items()}
    for cycle in cycles.values():
        kit.send(cycle)
    return {language: answers(cycle.validate()) for language, cycle in cycles.items()}


def answers(report: Report) -> Answers:
    """A's answers by goal and column."""
    return {
        (row.id, key): answer.value
        for row in report.entries
        if row.department == "A" and row.entry is not None
        for key, answer in row.entry.answers.items()
    }


def test_both_pages_say_the_same() -> None:
    pages = {language: read_page(language) for language in Language}
    assert list(pages[Language.EN]) == list(pages[Language.ZH]) == list(CASES)
    for number, line in pages[Language.EN].items():
        assert line.findings == pages[Language.ZH][number].findings
        words = {english: chinese for chinese, english in ENDS.values()}
        assert {words[end] for end in line.ends} == pages[Language.ZH][number].ends


def test_every_rule_about_files_and_forms_has_its_line() -> None:
    told = {code.strip("()") for line in read_page(Language.EN).values() for code in line.findings}
    elsewhere = {"V103", "V104", "V105", "D102", "X101"}  # bounds of the template's own; facts; not of returns
    elsewhere |= {code for code in BY_CODE if code[0] == "P"}  # of the plan, not of returns
    elsewhere |= {"X119", "X120"}  # what assessors say: see docs/assessors.md
    assert told | elsewhere == set(BY_CODE)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("number", CASES)
def test_it_happens_as_the_page_says(
    number: str,
    language: Language,
    originals: Mapping[Language, Cycle],
    well_answered: Mapping[Language, Answers],
    tmp_path: Path,
) -> None:
    case, line = CASES[number], read_page(language)[number]
    cycle = kit.copy_cycle(originals[language], tmp_path / "cycle")
    good = well_answered[language]
    case.act(cycle)
    report = Cycle.load(cycle.settings.folder, language).validate()  # a case may have changed the plan
    ours = [one for one in report.returns if one.file != "inbox/B.xlsx"]
    assert {language.say(*ENDS[one.status]) for one in ours} == line.ends
    said = {
        f"({one.code})" if one.state is State.EXPLAINED else one.code for one in report.findings if one.code != MISSING
    }
    assert said == line.findings
    found = answers(report)
    if any(one.department == "A" and one.status is ReturnStatus.READ for one in ours):
        assert {place for place in good | found if good.get(place) != found.get(place)} == case.changed
    else:
        assert not found
        assert MISSING in {one.code for one in report.findings}
