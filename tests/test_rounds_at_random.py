"""Rounds of any course: departments send, copy and withdraw, reviewers pass, the office edits; what stands is counted
again here, more simply than the product does it, and must be the same after each merge."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import returns_kit as kit
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from masters import Table, opened
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import AmendmentState, Decisions
from kpi_xlsx.model import Language
from kpi_xlsx.register import load_decisions
from kpi_xlsx.register_sheets import AMENDMENTS
from kpi_xlsx.report import Report

GOALS = "123"
Said = Mapping[str, str]
"""What a return says of each goal's progress; a goal that is missing is blank."""

ANSWERS = st.dictionaries(st.sampled_from(GOALS), st.sampled_from("ABC"), min_size=1)
NUMBERS = st.integers(0, 10**6)
VERDICTS = st.sampled_from(["passed", "passed", "sent back", "pending"])


def words(letter: str) -> str:
    return f"{letter} is what was done until the end of June."


class Round(RuleBasedStateMachine):
    """One cycle, and what was done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.sent: dict[str, tuple[str, int, Said]] = {}
        """The files that lie in the inbox: sha256, minute and answers."""
        self.verdicts: dict[str, str] = {}
        self.edits: dict[str, str] = {}
        self.count = 0

    @initialize(language=st.sampled_from(list(Language)))
    def begin(self, language: Language) -> None:
        self.cycle = kit.make_cycle(self.folder / "cycle", language)

    def teardown(self) -> None:
        self.stack.close()

    # What departments do.

    @rule(returns=st.lists(st.tuples(ANSWERS, st.integers(0, 59)), min_size=1, max_size=3))
    def send(self, returns: list[tuple[Said, int]]) -> None:
        blank = kit.blank_row(self.cycle)
        for said, minute in returns:
            self.count += 1
            changes = {goal: {"progress": words(said[goal])} if goal in said else blank for goal in GOALS}
            self._arrive(kit.fill(self.cycle, "A", kit.inbox(self.cycle, f"{self.count}.xlsx"), changes), minute, said)

    def _arrive(self, path: Path, minute: int, said: Said) -> None:
        """No two files bear the same second."""
        kit.set_time(path, f"2018-07-03 {minute // 10:02}:{minute % 10:02}:{self.count % 60:02}")
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self.sent[path.name] = sha256, 100 * minute + self.count, said

    @precondition(lambda self: self.sent)
    @rule(which=NUMBERS)
    def copy(self, which: int) -> None:
        name = self._pick(which)
        self.count += 1
        copy = kit.inbox(self.cycle, f"{self.count}.xlsx")
        shutil.copyfile(kit.inbox(self.cycle, name), copy)
        self._arrive(copy, 59, self.sent[name][2])

    @precondition(lambda self: self.sent)
    @rule(which=NUMBERS)
    def withdraw(self, which: int) -> None:
        name = self._pick(which)
        kit.inbox(self.cycle, name).unlink()
        del self.sent[name]

    def _pick(self, which: int) -> str:
        return sorted(self.sent)[which % len(self.sent)]

    # What the office does.

    @precondition(lambda self: self.sent)
    @rule(reviews=st.lists(st.tuples(NUMBERS, VERDICTS), min_size=1, max_size=3))
    def review(self, reviews: list[tuple[int, str]]) -> None:
        for which, verdict in reviews:
            name = self._pick(which)
            kit.review(self.cycle, verdict, name)
            self.verdicts[self.sent[name][0]] = verdict
        self.merge()

    @precondition(lambda self: self.cycle.settings.master.exists())
    @rule(goal=st.sampled_from(GOALS), letter=st.sampled_from("ABCXY"), backwards=st.booleans())
    def edit(self, goal: str, letter: str, backwards: bool) -> None:
        with opened(self.cycle) as table:
            if table.see(goal, "progress") != words(letter):
                self.edits[goal] = words(letter)
            table.type(goal, "progress", words(letter))
            if backwards:
                table.put(table.values()[::-1])

    @precondition(lambda self: self.decisions.amendments)
    @rule(which=NUMBERS, state=st.sampled_from(["applied", "rejected", "proposed"]))
    def decide(self, which: int, state: str) -> None:
        amendments = self.decisions.amendments
        place = amendments[which % len(amendments)].place
        book = load_workbook(self.cycle.settings.register)
        page = book[place.sheet]
        columns = kit.known_headings(page, 3, AMENDMENTS.headings) or kit.known_headings(page, 1, AMENDMENTS.headings)
        zh = {"applied": "已采用", "rejected": "不采用", "proposed": "待确认"}
        page.cell(place.row, columns["state"]).value = self.cycle.context.language.say(zh[state], state)
        book.save(self.cycle.settings.register)

    @rule()
    def ask(self) -> None:
        self.cycle.status()
        self.cycle.fill_feedback()

    # What must hold.

    @property
    def decisions(self) -> Decisions:
        return load_decisions(self.cycle.settings.register, self.cycle.context, self.cycle.settings.zone)

    @rule()
    def merge(self) -> None:
        base = self.edits
        report = self.cycle.merge()
        self.edits = {}
        standing = self._standing(self.cycle)
        book = load_workbook(self.cycle.settings.master)
        table = Table(book.worksheets[0])
        shown = {goal: table.see(goal, "progress") for goal in GOALS}
        self._demand_counted(report, shown)
        for goal, said in base.items():
            made = [one.new for one in self.decisions.amendments if (one.department, one.goal) == ("A", goal)]
            assert shown[goal] == said or said in made
        again = self.cycle.merge()
        assert self._standing(self.cycle) == standing
        assert again.findings == report.findings == self.cycle.validate().findings
        status = self.cycle.status()
        assert (status.unmerged, status.outdated) == (0, False)
        with tempfile.TemporaryDirectory() as other:
            copy = kit.copy_cycle(self.cycle, Path(other, "cycle"))
            copy.settings.ledger.unlink()
            copy.merge()
            assert self._standing(copy) == standing

    @staticmethod
    def _standing(cycle: Cycle) -> tuple[bytes, bytes]:
        register = cycle.settings.register
        return cycle.settings.master.read_bytes(), register.read_bytes() if register.exists() else b""

    def _demand_counted(self, report: Report, shown: Mapping[str, object]) -> None:
        """Contents in the order in which each first came; passed ones, and all before the first of them, count."""
        first: dict[str, tuple[int, Said]] = {}
        for sha256, minute, said in self.sent.values():
            first[sha256] = min(first.get(sha256, (minute, said)), (minute, said), key=lambda one: one[0])
        order = sorted(first, key=lambda sha256: first[sha256][0])
        counted: dict[str, str] = {}
        held: list[tuple[str, str]] = []
        passed = False
        for sha256 in order:
            verdict = self.verdicts.get(sha256)
            passed = passed or verdict == "passed"
            if not passed or verdict == "passed":
                counted |= first[sha256][1]
                held = [(goal, letter) for goal, letter in held if goal not in first[sha256][1]]
            elif verdict != "sent back":
                held += first[sha256][1].items()
        for goal in GOALS:
            own = words(counted[goal]) if goal in counted else None
            chain = [
                one
                for one in self.decisions.amendments
                if (one.department, one.goal) == ("A", goal) and one.state is not AmendmentState.REJECTED
            ]
            assert shown[goal] == (chain[-1].new if chain else own)
            conflict = any((one.code, one.goal) == ("X105", goal) for one in report.findings)
            assert conflict or not chain or any(own in (one.old, one.new) for one in chain)
        said_of = {one.goal for one in report.findings if one.code == "X104" and one.column == "progress"}
        assert said_of == {goal for goal, letter in held if letter != counted.get(goal)}


TestRound = Round.TestCase
TestRound.settings = settings(
    max_examples=8,
    stateful_step_count=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
