"""Bonuses, deductions and vetoes of the register, held against the scoring's kinds and limits; no file here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from kpi_xlsx.decisions import REGISTER, Adoption, Credit
from kpi_xlsx.model import Language, Mistake, match_key
from kpi_xlsx.score_book import CreditKind, ScoreBook
from kpi_xlsx.score_measures import show
from kpi_xlsx.scoring import CreditScore


@dataclass(frozen=True)
class Credits:
    """The rows that count, and a remark for each that does not, or that contradicts itself."""

    book: ScoreBook
    language: Language
    counting: tuple[Credit, ...]
    pending: tuple[Credit, ...]
    remarks: tuple[str, ...]

    @cached_property
    def _by_department(self) -> Mapping[str, tuple[Credit, ...]]:
        found: dict[str, list[Credit]] = {}
        for one in self.counting:
            found.setdefault(one.department, []).append(one)
        return {code: tuple(rows) for code, rows in found.items()}

    def of(self, department: str) -> tuple[Credit, ...]:
        return self._by_department.get(department, ())

    def recognised(self, department: str, goal: str, kind: str) -> tuple[Decimal, tuple[Credit, ...]]:
        """How many of a kind were recognised for a goal, or for the department at large; and the rows."""
        rows = tuple(
            one
            for one in self.of(department)
            if match_key(one.kind) == match_key(kind) and one.goal in ("", goal) and one.recognised is not None
        )
        return sum((one.recognised for one in rows if one.recognised is not None), Decimal(0)), rows

    def points(self, department: str) -> Iterator[CreditScore]:
        """What each kind comes to that is added to the department's score, within its own limit."""
        for kind in self.book.credits:
            rows = [one for one in self.of(department) if match_key(one.kind) == match_key(kind.name)]
            if rows and not kind.grade and match_key(kind.name) not in self.book.used_by_rules:
                yield self._sum(kind, rows)

    def _sum(self, kind: CreditKind, rows: Iterable[Credit]) -> CreditScore:
        say = self.language.say
        counts = [(one, abs(one.recognised)) for one in rows if one.recognised is not None]
        count = sum((number for _, number in counts), Decimal(0))
        points = count * kind.points
        said = say("；", "; ").join(
            f"{one.item or kind.name} {show(number)}{say('（', ' (')}{one.document or one.place}{say('）', ')')}"
            for one, number in counts
        )
        if kind.points != 1:
            said += say(f"；每个 {show(kind.points)} 分", f"; {show(kind.points)} points each")
        if kind.at_most is not None and points > kind.at_most:
            said += say(
                f"；合计 {show(points)}，最多 {show(kind.at_most)}", f"; {show(points)}, at most {kind.at_most}"
            )
            points = kind.at_most
        return CreditScore(kind.name, -points if kind.deduct else points, said)

    def total(self, scores: Iterable[CreditScore]) -> Decimal:
        """All of them together, within the limits for bonuses and deductions."""
        gain = sum((one.points for one in scores), Decimal(0))
        most, least = self.book.most_bonus, self.book.most_deduction
        gain = gain if most is None else min(gain, most)
        return gain if least is None else max(gain, -least)

    def vetoes(self, department: str) -> Iterator[tuple[str, str]]:
        """The best grades that adopted vetoes leave, each with why."""
        for one in self.of(department):
            grade = self.book.kind_of[match_key(one.kind)].grade
            if grade:
                yield grade, f"{one.kind}{self.language.say('：', ': ')}{one.item or one.document or one.place}"


def settle(claims: Iterable[Credit], book: ScoreBook, language: Language) -> Credits:
    """Hold the register's rows against the scoring: what counts, what waits, and what is wrong with the rest."""
    counting: list[Credit] = []
    pending, remarks, seen = [], [], dict[tuple[str, ...], Credit]()
    for one in claims:
        kind = book.kind_of.get(match_key(one.kind))
        if kind is None:
            remarks.append(_remark(one, _unknown_kind(one, book, language), language))
            continue
        if one.adoption is Adoption.PENDING:
            pending.append(one)
        if one.adoption is not Adoption.ADOPTED:
            continue
        same = (one.department, one.goal, *map(match_key, (one.kind, one.item, one.document)))
        words = _wrong(one, kind, seen.get(same), language)
        if words is not None:
            remarks.append(_remark(one, words, language))
            continue
        if one.item or one.document:
            seen[same] = one
        counting.append(one)
        if one.claimed is not None and one.recognised is not None and abs(one.recognised) > abs(one.claimed):
            claimed, recognised = show(one.claimed), show(one.recognised)
            words = language.say(
                f"认定 {recognised} 多于申报 {claimed}，按认定的算，请核对。",
                f"{recognised} recognised, only {claimed} claimed; what is recognised counts. Check it.",
            )
            remarks.append(_place(one, words))
    return Credits(book, language, tuple(counting), tuple(pending), tuple(remarks))


def _wrong(one: Credit, kind: CreditKind, before: Credit | None, language: Language) -> str | None:
    """Why an adopted row cannot count."""
    say = language.say
    if not one.recognised_by:
        return say("已采用，但“认定人”还空着。", "It is adopted, but “Recognised by” is blank.")
    if one.recognised is None and not kind.grade:
        return say("已采用，但“认定”还空着。", "It is adopted, but “Recognised” is blank.")
    if one.recognised is not None and one.recognised < 0 and not kind.deduct:
        return say(
            f"“{kind.name}”是加分，认定却是负数。", f"“{kind.name}” is a bonus, but what is recognised is below zero."
        )
    if one.recognised == 0 and kind.grade:
        return say("已采用，认定却是 0。", "It is adopted, but 0 is recognised.")
    if before is not None:
        return say(f"和{before.place.told(language)}是同一事项，不能算两次。", f"It is the same as {before.place}.")
    return None


def _unknown_kind(one: Credit, book: ScoreBook, language: Language) -> str:
    listed = language.say("、", ", ").join(kind.name for kind in book.credits) or language.say("（没有）", "(none)")
    return language.say(
        f"scores.toml 里没有“{one.kind[:40]}”这一种；有：{listed}。",
        f"scores.toml has no kind “{one.kind[:40]}”; it has: {listed}.",
    )


def _remark(one: Credit, words: str, language: Language) -> str:
    return _place(one, words + language.say("这一行没有用上，请改正。", " This row was not used; correct it."))


def _place(one: Credit, words: str) -> str:
    return str(Mistake(REGISTER, str(one.place), words))
