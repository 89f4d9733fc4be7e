"""A plan against that of the cycle before: what differs, and which lines of the plan's own sheets say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.footnotes import STAR
from kpi_xlsx.model import Department, Goal, Plan, bare_name, comparable, match_key, plain
from kpi_xlsx.periods import Period, parse_due, parse_frequency
from kpi_xlsx.plan_changes import ADDED, DROPPED, TARGETS, GoalChange, UnitChange
from kpi_xlsx.targets import Target

_READ_OTHERWISE = frozenset(["id", "name", "department", "due_month", "frequency"])
_PUBLICATION = frozenset(["publish", "public_text"])
"""What the office decides each time it publishes: no document changes it."""
_NOTHING = frozenset(map(match_key, ("无", "空", "空白", "—", "-", "none", "blank")))
MOST_STATES = 400
"""So many wordings a cell can have been brought to by its lines; a sheet that leads to more explains nothing."""

Pair = tuple[str, str]
"""A wording in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was: a cell of a goal, a goal, or a department."""

    goal: str | None
    """The goal's id."""
    department: str | None
    """The code of a department that was added, dropped or renamed."""
    item: str
    """The plan's key of the column, STAR, ADDED or DROPPED; of a renamed department `name`, of a recoded one `code`."""
    old: str
    new: str
    lines: tuple[str, ...] = ()
    """Where the lines stand that say so; none: it is unregistered."""
    near: Pair = ("", "")
    """What may help: a line that is about it but does not fit."""

    @property
    def registered(self) -> bool:
        return bool(self.lines)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, in the plan's order, and what is to be said of lines that do not fit."""

    differences: tuple[Difference, ...] = ()
    remarks: tuple[Pair, ...] = ()

    @property
    def unregistered(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if not one.registered)


@dataclass(frozen=True, slots=True)
class _Fact:
    """What a cell says: as it is shown, and as it is compared."""

    shown: str
    key: str


def compare_plans(before: Plan, then: Period, now: Plan, period: Period) -> Comparison:
    """What differs between the plan of an earlier cycle and today's. A new year's plan is new: nothing is compared."""
    if then.year_begin != period.year_begin:
        return Comparison()
    return _Comparing(before, then, now, period).compare()


class _Comparing:
    """Compares two plans of one year; keeps which lines were of use."""

    def __init__(self, before: Plan, then: Period, now: Plan, period: Period) -> None:
        self.before = before
        self.then = then
        self.now = now
        self.period = period
        self.used: set[str] = set()

    def compare(self) -> Comparison:
        found = (*self._goals(), *self._departments())
        return Comparison(found, (*self._columns(), *self._idle(found), *self._idle_units()))

    # departments

    @cached_property
    def _became(self) -> Mapping[str, str]:
        """The code today of each department of the earlier plan that is still there: by its code, else its name."""
        named = {comparable(one.name): one.code for one in self.now.departments}
        found = {}
        for one in self.before.departments:
            code = one.code if one.code in self.now.by_code else named.get(comparable(one.name))
            if code is not None and (code == one.code or code not in self.before.by_code):
                found[one.code] = code
        return found

    def _old_codes(self, change: UnitChange) -> set[str]:
        """The departments, of either plan, that a line's old units are."""
        found = [self.before.find_department(name) for name in (*change.old, *change.old_codes)]
        later = [self.now.find_department(name) for name in change.old]
        return {one.code for one in (*found, *later) if one is not None} | set(change.old_codes)

    def _reach(self, code: str, goal: str | None) -> tuple[set[str], list[UnitChange]]:
        """The departments that a department's duties went to, along the lines on units, and these lines."""
        reached, lines = {code, self._became.get(code, code)}, list[UnitChange]()
        grew = True
        while grew:
            grew = False
            for change in self.now.units:
                applies = change not in lines and (goal is None or not change.goals or goal in change.goals)
                if applies and reached & self._old_codes(change):
                    lines.append(change)
                    reached |= set(change.new)
                    grew = True
        return reached, lines

    def _departments(self) -> Iterator[Difference]:
        for one in self.now.departments:
            old = next((self.before.by_code[c] for c, code in self._became.items() if code == one.code), None)
            if old is None:
                lines = [change for change in self.now.units if one.code in change.new]
                yield self._of_unit(one, ADDED, "", one.name, lines)
                continue
            lines = [change for change in self.now.units if one.code in change.new and self._is_old(change, old)]
            if comparable(old.name) != comparable(one.name):
                _, far = self._reach(old.code, None)
                lines = lines or [change for change in far if one.code in change.new]
                yield self._of_unit(one, "name", old.name, one.name, lines)
            if old.code != one.code:
                yield self._of_unit(one, "code", old.code, one.code, lines)
        for one in self.before.departments:
            if one.code not in self._became:
                lines = [change for change in self.now.units if change.ends and self._is_old(change, one)]
                yield self._of_unit(one, DROPPED, one.name, "", lines)

    def _is_old(self, change: UnitChange, one: Department) -> bool:
        names = {match_key(name) for name in (*change.old, *change.old_codes)}
        return bool(names & {match_key(name) for name in (one.name, one.code, *one.aliases)})

    def _of_unit(self, one: Department, item: str, old: str, new: str, lines: Sequence[UnitChange]) -> Difference:
        self.used.update(line.place for line in lines)
        return Difference(None, one.code, item, old, new, tuple(line.place for line in lines))

    # goals

    def _goals(self) -> Iterator[Difference]:
        gone = [goal for goal in self.before.goals if goal.key not in self.now.by_key]
        fresh = [goal for goal in self.now.goals if goal.key not in self.before.by_key]
        for goal in self.now.goals:
            old = self.before.by_key.get(goal.key)
            if old is None:
                yield self._whole(goal, ADDED, gone)
            else:
                yield from self._cells(old, goal)
        for goal in gone:
            yield self._whole(goal, DROPPED, fresh)

    def _whole(self, goal: Goal, item: str, others: Iterable[Goal]) -> Difference:
        """A goal that is new or gone. `others` are gone, or new: one of the same name most likely changed its id."""
        lines = [one for one in self._lines(goal.key, item) if one.holds(self.period.end)]
        self.used.update(line.place for line in lines)
        twin = next((one for one in others if comparable(one.name) == comparable(goal.name)), None)
        near = self._too_early(self._lines(goal.key, item))
        if twin is not None:
            near = (
                f"目标 {twin.id} 与它同名，是不是改了编号？编号一年之内不能改。",
                f"Goal {twin.id} bears the same name: was the id changed? It must stay all year.",
            )
        old, new = ("", goal.name) if item == ADDED else (goal.name, "")
        return Difference(goal.id, None, item, old, new, tuple(line.place for line in lines), near)

    def _lines(self, goal: str, item: str) -> list[GoalChange]:
        item = "name" if item == STAR else item
        return [one for one in self.now.changes if one.goal == goal and one.item == item]

    def _cells(self, old: Goal, new: Goal) -> Iterator[Difference]:
        earlier, later = self._facts(old, self.before), self._facts(new, self.now)
        for item in (*later, *(key for key in earlier if key not in later)):
            one, other = earlier.get(item, _Fact("", "")), later.get(item, _Fact("", ""))
            if one.key == other.key:
                continue
            lines = self._lines(new.key, item)
            holding = [line for line in lines if line.holds(self.period.end)]
            path = self._explain(item, one.key, other.key, holding, new.key)
            self.used.update(path or ())
            near = ("", "") if path else self._too_early(lines) or ("", "")
            if not path and holding:
                near = self._unfit(item, one, holding)
            yield Difference(new.id, None, item, one.shown, other.shown, tuple(path or ()), near)

    def _facts(self, goal: Goal, plan: Plan) -> dict[str, _Fact]:
        """What a goal's cells say, by key; columns of their own that only one of the plans has are left out."""
        shown = {key: plain(value) for key, value in goal.cells.items()}
        names = "、".join(plan.by_code[code].name for code in goal.departments)
        codes = [self._became.get(code, code) if plan is self.before else code for code in goal.departments]
        frequency = shown.get("frequency", "")
        found = {
            "name": _Fact(goal.name, comparable(goal.name)),
            STAR: _Fact("★" * goal.starred, "★" * goal.starred),
            "department": _Fact(names, " ".join(codes)),
            "due_month": _Fact(shown.get("due_month", ""), goal.due.isoformat()),
            "frequency": _Fact(frequency, goal.frequency),
        }
        listed = "；".join(_told(target) for target in plan.targets_of(goal.key) if not _is_of_goals(target, plan))
        if listed:
            found[TARGETS] = _Fact(listed, _said(listed))
        for key, text in shown.items():
            if key not in _READ_OTHERWISE | _PUBLICATION and key not in self._lopsided:
                found[key] = _Fact(text, _said(text))
        return found

    @cached_property
    def _lopsided(self) -> frozenset[str]:
        """The plan's own further columns, by key, that only one of the plans has."""
        return frozenset(map(match_key, self.before.extra)) ^ frozenset(map(match_key, self.now.extra))

    def _key(self, item: str, text: str) -> str:
        """What a line's words say, as the item's cells are compared."""
        if item == "name":
            return comparable(bare_name(text))
        if item == STAR:
            return "★" * text.startswith("★")
        if item == "department":
            return " ".join(self._codes(text)) or comparable(text)
        if item == "due_month":
            due = parse_due(text or None, self.period)
            return comparable(text) if due is None else due.isoformat()
        if item == "frequency":
            return parse_frequency(text) or comparable(text)
        return _said(text)

    def _codes(self, text: str) -> Iterator[str]:
        whole = self.now.find_department(text) or self.before.find_department(text)
        for name in [text] if whole else re.split(r"[、；;,，\n\r]+", text):
            found = self.before.find_department(name) or self.now.find_department(name)
            if found is None:
                continue
            yield self._became.get(found.code, found.code)

    def _explain(
        self, item: str, start: str, end: str, lines: Sequence[GoalChange], goal: str
    ) -> tuple[str, ...] | None:
        """The lines that lead from one wording to the other, each used once; None if none do."""
        seen, queue = {start}, [(start, tuple[GoalChange, ...]())]
        while queue and len(seen) < MOST_STATES:
            state, path = queue.pop(0)
            moved = self._moved(state, end, goal) if item == "department" else None
            if state == end or moved is not None:
                return tuple(line.place for line in path) + (moved or ())
            for line in lines:
                for after in self._applied(item, state, line, goal) if line not in path else ():
                    if after not in seen:
                        seen.add(after)
                        queue.append((after, (*path, line)))
        return None

    def _applied(self, item: str, state: str, line: GoalChange, goal: str) -> Iterator[str]:
        """What a line makes of a wording: its new words where the old ones are the whole cell, or a part of it."""
        old, new = self._key(item, line.old), self._key(item, line.new)
        if old == state or (item == "department" and self._moved(state, old, goal) is not None):
            yield new
        elif item not in (STAR, "department", "due_month", "frequency") and old:
            yield from _replaced(state, old, new)

    def _moved(self, state: str, end: str, goal: str) -> tuple[str, ...] | None:
        """The lines on units by which a goal's departments became others; None if they do not explain it."""
        before, after = state.split(), end.split()
        if not before or not after or before == after:
            return None
        reached = {code: self._reach(code, goal) for code in before}
        lost = [code for code in before if code not in after]
        won = [code for code in after if code not in before]
        came = all(any(code in reached[one][0] for one in before) for code in won)
        went = all(reached[code][0] & set(after) for code in lost)
        leads = after[0] in reached[before[0]][0]
        if not (came and went and leads):
            return None
        lines = [line.place for code in before for line in reached[code][1] if {*line.new} & {*after}]
        return tuple(dict.fromkeys(lines)) or None

    # lines that do not fit

    def _too_early(self, lines: Iterable[GoalChange]) -> Pair:
        """What is to be said of a line that is not in effect yet."""
        for line in lines:
            if line.start is not None and not line.holds(self.period.end):
                return (
                    f"{line.place} 有一行，但要到 {line.start:%Y-%m} 才生效。",
                    f"The line at {line.place} holds only from {line.start:%Y-%m}.",
                )
        return "", ""

    def _unfit(self, item: str, was: _Fact, lines: Sequence[GoalChange]) -> Pair:
        """What is to be said of lines about a cell that do not lead from what it was to what it is."""
        line = next((one for one in lines if self._key(item, one.old) != was.key), lines[0])
        return (
            f"{line.place} 那一行是“{line.old}”改为“{line.new}”，与两期的内容对不上。",
            f"The line at {line.place} says “{line.old}” → “{line.new}”, which does not fit both plans.",
        )

    def _fresh(self, line: GoalChange) -> bool:
        """Whether a line is of this year, in effect, and was not so in the earlier plan."""
        start = line.start or self.period.year_begin
        if not line.holds(self.period.end) or start < self.period.year_begin:
            return False
        said = {(one.goal, one.item, comparable(one.old), comparable(one.new)) for one in self._known}
        return (line.goal, line.item, comparable(line.old), comparable(line.new)) not in said

    @cached_property
    def _known(self) -> tuple[GoalChange, ...]:
        return tuple(one for one in self.before.changes if one.holds(self.then.end))

    def _idle(self, found: Iterable[Difference]) -> Iterator[Pair]:
        """The fresh lines that changed nothing."""
        open_ = {(one.goal, "name" if one.item == STAR else one.item) for one in found if not one.registered}
        for line in self.now.changes:
            goal = self.now.by_key.get(line.goal)
            shown = line.goal if goal is None else goal.id
            if line.place in self.used or not self._fresh(line) or (shown, line.item) in open_:
                continue
            if line.item == ADDED and goal is not None:
                yield _idle_words(line, f"目标 {shown} 上一期就有", f"goal {shown} was in the previous plan already")
            elif line.item == DROPPED and goal is not None:
                yield _idle_words(line, f"目标 {shown} 还在考核目标表里", f"goal {shown} is still in the plan")
            elif line.item not in (ADDED, DROPPED) and goal is not None:
                fact = self._facts(goal, self.now).get(line.item, _Fact("", ""))
                yield _idle_words(
                    line,
                    f"目标 {shown} 上一期和这一期都是“{fact.shown}”",
                    f"goal {shown} has “{fact.shown}” in both plans",
                )

    def _idle_units(self) -> Iterator[Pair]:
        known = {(one.kind, one.old, one.new, one.goals) for one in self.before.units}
        for line in self.now.units:
            begun = line.date is not None and line.date >= self.period.year_begin
            if not begun or (line.kind, line.old, line.new, line.goals) in known:
                continue
            for key in line.goals:
                goal = self.now.by_key.get(key)
                if goal is not None and line.new and not set(goal.departments) & set(line.new):
                    names = self.now.by_code[goal.departments[0]].name if goal.departments else ""
                    yield (
                        f"plan.xlsx: {line.place}: 写明涉及目标 {goal.id}，但它的责任单位还是{names}。",
                        f"plan.xlsx: {line.place}: it names goal {goal.id}, which is still that of {names}.",
                    )
            strange = [name for name in line.old if self._unheard(name, line)]
            if line.ends and strange:
                listed = "、".join(strange)
                yield (
                    f"plan.xlsx: {line.place}: 上一期的部门表里没有“{listed}”，请核对名称。",
                    f"plan.xlsx: {line.place}: “{listed}” was not in the previous plan; check the name.",
                )

    def _unheard(self, name: str, line: UnitChange) -> bool:
        """Whether the earlier plan had no such unit, and no other line made it on the way to the same department."""
        others = [one for one in self.now.units if one is not line and set(one.new) & set(line.new)]
        return self.before.find_department(name) is None and not others

    def _columns(self) -> Iterator[Pair]:
        for heading in self.now.extra:
            if match_key(heading) in self._lopsided:
                yield (
                    f"plan.xlsx: “{heading}”这一列上一期没有，没有比对。",
                    f"plan.xlsx: the column “{heading}” is new and was not compared.",
                )
        for heading in self.before.extra:
            if match_key(heading) in self._lopsided:
                yield (
                    f"plan.xlsx: 上一期的“{heading}”这一列没有了，没有比对。",
                    f"plan.xlsx: the column “{heading}” of the previous plan is gone and was not compared.",
                )


def _told(target: Target) -> str:
    """A target of the sheet of targets, as its line is compared: 2 新增上市企业 >=15 家 flow."""
    return " ".join(filter(None, (str(target.number), target.name, target.value, target.unit, target.basis or "")))


def _is_of_goals(target: Target, plan: Plan) -> bool:
    """Whether a target stands in its goal's own row, whose cells are compared anyway."""
    return target.place.rpartition("!")[0] == plan.sheet.name


def _idle_words(line: GoalChange, zh: str, en: str) -> Pair:
    return (
        f"plan.xlsx: {line.place}: 这一行没有改变什么：{zh}。请核对。",
        f"plan.xlsx: {line.place}: the line changed nothing: {en}. Check it.",
    )


def _said(text: str) -> str:
    """A cell's words as they are compared; one that says that there is nothing is blank."""
    return "" if match_key(text) in _NOTHING else comparable(text)


def _replaced(text: str, old: str, new: str) -> Iterator[str]:
    """A text with a part of it replaced, at each place where it stands and at all of them; figures only whole."""
    first = r"(?<![\d.,])" if old[0].isdigit() else ""
    last = r"(?![\d]|[.,]\d)" if old[-1].isdigit() else ""
    places = list(re.finditer(first + re.escape(old) + last, text))
    for found in places[:20]:
        yield text[: found.start()] + new + text[found.end() :]
    if len(places) > 1:
        yield re.sub(first + re.escape(old) + last, lambda _: new, text)
