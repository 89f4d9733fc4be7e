"""scores.toml, read strictly: every mistake is named by its key, all at once; a rule that is read can be calculated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from kpi_xlsx.model import CycleError, Language, Mistake, id_key, match_key
from kpi_xlsx.score_book import CreditKind, Grade, Input, Reference, Rule, ScoreBook, parse_reference
from kpi_xlsx.score_kinds import BonusPer, Counting, DeductPer, Line, Proportional, Steps
from kpi_xlsx.score_lines import (
    LONGEST_NAME,
    MOST,
    NUMBER,
    grade_complaints,
    line_mistakes,
    name_mistakes,
    number_mistakes,
)
from kpi_xlsx.score_measures import Bound, Condition, Measure, Otherwise, Side
from kpi_xlsx.score_sums import Cap, Floor, NotApplicable, Share, Veto, WeightedSum
from kpi_xlsx.toml_files import Complaint, key_mistakes, read_toml

TOP_KEYS: Mapping[str, tuple[type, ...]] = {
    "ranking": (bool,),
    "supporters": (bool,),
    "decimals": (int,),
    "most_bonus": NUMBER,
    "most_deduction": NUMBER,
    "grades": (list,),
    "credits": (list,),
    "rules": (list,),
}
GRADE_KEYS: Mapping[str, tuple[type, ...]] = {"name": (str,), "from": NUMBER}
CREDIT_KEYS: Mapping[str, tuple[type, ...]] = {
    "name": (str,),
    "deduct": (bool,),
    "points": NUMBER,
    "at_most": NUMBER,
    "grade": (str,),
}
RULE_KEYS: Mapping[str, tuple[type, ...]] = {
    "name": (str,),
    "goals": (list,),
    "full": NUMBER,
    "note": (str,),
    "inputs": (dict,),
    "lines": (list,),
}
LARGEST_FILE = 2**20
LONGEST_FORMULA = 8_000
MOST_GRADES = 20


def load_scores(path: Path, language: Language) -> ScoreBook:
    """Read a definition. Raises CycleError with every mistake in it."""
    if path.is_file() and path.stat().st_size > LARGEST_FILE:
        words = language.say("文件超过 1 MB，不像评分办法。", "Over 1 MB: this is no scoring definition.")
        raise CycleError([Mistake(path.name, "", words)])
    data = read_toml(path, CycleError)
    mistakes = [Mistake(path.name, place, words) for place, words in _mistakes(data, language)]
    if mistakes:
        raise CycleError(mistakes)
    book = _build(data)
    mistakes = [Mistake(path.name, place, words) for place, words in _too_long(book, language)]
    if mistakes:
        raise CycleError(mistakes)
    return book


def _too_long(book: ScoreBook, language: Language) -> Iterator[Complaint]:
    """Lines that make a longer formula than a spreadsheet takes, in the longest cell names there can be."""
    for rule in book.rules:
        cells = dict.fromkeys((*(one.name for one in rule.inputs), *(one.name for one in rule.lines)), "$XFD$1048576")
        for line in rule.lines:
            if len(line.formula(cells, language)) > LONGEST_FORMULA:
                words = "这一行太长，Excel 的公式放不下：拆成几行。", "Too long for a formula: split the line."
                yield f"rules[{rule.name}].lines[{line.name}]", language.say(*words)


# --- mistakes ---------------------------------------------------------------------------------------------------------


def _mistakes(data: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    yield from key_mistakes(data, TOP_KEYS, ("rules",), "", language)
    decimals = data.get("decimals", 2)
    if isinstance(decimals, int) and not 0 <= decimals <= 6:
        yield "decimals", language.say("应当在 0 到 6 之间。", "Must be from 0 to 6.")
    for key in ("most_bonus", "most_deduction"):
        if isinstance(data.get(key), int | float):
            yield from number_mistakes(data[key], key, language, negative=False)
    grades = [one["name"] for one in _tables(data, "grades") if isinstance(one.get("name"), str)]
    if len(grades) > MOST_GRADES:
        yield "grades", language.say(f"最多 {MOST_GRADES} 个。", f"At most {MOST_GRADES}.")
    yield from _list_mistakes(data, "grades", language, lambda one, place: _grade_mistakes(one, place, language))
    yield from _list_mistakes(
        data, "credits", language, lambda one, place: _credit_mistakes(one, place, grades, language)
    )
    yield from _list_mistakes(data, "rules", language, lambda one, place: _rule_mistakes(one, place, grades, language))
    if data.get("rules") == []:
        yield "rules", language.say("至少要有一个评分办法。", "There must be at least one rule.")
    yield from _doubled_goals(data, language)
    kinds = {match_key(one["name"]) for one in _tables(data, "credits") if isinstance(one.get("name"), str)}
    for place, source in _sources(data):
        if source.credit and match_key(source.credit) not in kinds:
            words = f"credits 里没有“{source.credit}”这一种。", f"There is no “{source.credit}” in credits."
            yield place, language.say(*words)


def _tables(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _list_mistakes(
    data: Mapping[str, Any],
    key: str,
    language: Language,
    within: Callable[[Mapping[str, Any], str], Iterator[Complaint]],
) -> Iterator[Complaint]:
    """What is wrong in a list of tables that have names, and with the names themselves."""
    value = data.get(key)
    if not isinstance(value, list):
        return
    if len(value) > MOST:
        yield key, language.say(f"最多 {MOST} 个。", f"At most {MOST}.")
    seen: set[str] = set()
    for number, one in enumerate(value[:MOST], 1):
        place = f"{key}[{number}]"
        if not isinstance(one, dict):
            yield place, language.say("应当是一组键。", "Must be a table of keys.")
            continue
        name = one.get("name")
        if isinstance(name, str):
            yield from name_mistakes(name, f"{place}.name", seen, language)
            seen.add(match_key(name))
            place = f"{key}[{name[:LONGEST_NAME]}]"
        yield from within(one, place)


def _grade_mistakes(one: Mapping[str, Any], place: str, language: Language) -> Iterator[Complaint]:
    yield from key_mistakes(one, GRADE_KEYS, ("name", "from"), f"{place}.", language)
    if isinstance(one.get("from"), int | float):
        yield from number_mistakes(one["from"], f"{place}.from", language)


def _credit_mistakes(
    one: Mapping[str, Any], place: str, grades: Collection[str], language: Language
) -> Iterator[Complaint]:
    yield from key_mistakes(one, CREDIT_KEYS, ("name",), f"{place}.", language)
    for key in ("points", "at_most"):
        if isinstance(one.get(key), int | float):
            yield from number_mistakes(one[key], f"{place}.{key}", language, negative=False)
    yield from grade_complaints(one, place, grades, language)
    if "grade" in one and {"points", "at_most", "deduct"} & one.keys():
        yield (
            f"{place}.grade",
            language.say("一票否决的没有分：去掉 points、at_most、deduct。", "A veto has no points: drop those keys."),
        )


def _rule_mistakes(
    rule: Mapping[str, Any], place: str, grades: Collection[str], language: Language
) -> Iterator[Complaint]:
    yield from key_mistakes(rule, RULE_KEYS, ("name", "inputs", "lines"), f"{place}.", language)
    if isinstance(rule.get("full"), int | float):
        yield from number_mistakes(rule["full"], f"{place}.full", language, negative=False, zero=False)
    goals = rule.get("goals")
    if isinstance(goals, list) and (not goals or not all(isinstance(goal, str) and goal.strip() for goal in goals)):
        words = "列出目标的编号；不写这个键，就是其余所有有权重的目标。", "List ids of goals, or leave the key out."
        yield f"{place}.goals", language.say(*words)
    inputs = rule.get("inputs")
    names: list[str] = []
    for name, source in inputs.items() if isinstance(inputs, dict) else ():
        yield from name_mistakes(name, f"{place}.inputs", {match_key(one) for one in names}, language)
        names.append(name)
        if not isinstance(source, str) or parse_reference(source) is None:
            yield (
                f"{place}.inputs.{name[:LONGEST_NAME]}",
                language.say(
                    "写从哪里取数，如 actual、#2.total、#*.completion、JR-11#1.target、register:种类。",
                    "Say where from: actual, #2.total, #*.completion, JR-11#1.target, register:KIND.",
                ),
            )
    if isinstance(rule.get("lines"), list):
        yield from line_mistakes(rule["lines"], place, names, grades, language)


def _doubled_goals(data: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    seen: dict[str, str] = {}
    for rule in _tables(data, "rules"):
        name, goals = str(rule.get("name", "")), rule.get("goals", [""])
        for goal in goals if isinstance(goals, list) else ():
            key = id_key(goal) if isinstance(goal, str) else ""
            if key in seen and (key or "goals" not in rule):
                shown = language.say(f"目标“{goal}”", f"Goal “{goal}”") if key else language.say("其余目标", "The rest")
                words = (
                    f"{shown}已经归“{seen[key]}”，不能有两个评分办法。",
                    f"{shown} is scored by “{seen[key]}” already.",
                )
                yield f"rules[{name}].goals", language.say(*words)
            seen.setdefault(key, name)


def _sources(data: Mapping[str, Any]) -> Iterator[tuple[str, Reference]]:
    for rule in _tables(data, "rules"):
        inputs = rule.get("inputs")
        for name, text in inputs.items() if isinstance(inputs, dict) else ():
            source = parse_reference(text) if isinstance(text, str) else None
            if source is not None:
                yield f"rules[{rule.get('name')}].inputs.{name}", source


# --- building ---------------------------------------------------------------------------------------------------------


def _number(value: float) -> Decimal:
    return Decimal(str(value))


def _optional(data: Mapping[str, Any], key: str) -> Decimal | None:
    return _number(data[key]) if key in data else None


def _build(data: Mapping[str, Any]) -> ScoreBook:
    grades = [Grade(one["name"], _number(one["from"])) for one in data.get("grades", ())]
    kinds = [
        CreditKind(
            one["name"],
            one.get("deduct", False),
            _number(one.get("points", 1)),
            _optional(one, "at_most"),
            one.get("grade", ""),
        )
        for one in data.get("credits", ())
    ]
    return ScoreBook(
        tuple(_build_rule(rule) for rule in data["rules"]),
        tuple(sorted(grades, key=lambda one: one.begins, reverse=True)),
        tuple(kinds),
        _optional(data, "most_bonus"),
        _optional(data, "most_deduction"),
        data.get("ranking", False),
        data.get("supporters", False),
        data.get("decimals", 2),
    )


def _build_rule(data: Mapping[str, Any]) -> Rule:
    sources = {name: parse_reference(text) for name, text in data["inputs"].items()}
    return Rule(
        data["name"],
        tuple(id_key(goal) for goal in data.get("goals", ())),
        tuple(Input(name, source) for name, source in sources.items() if source is not None),
        tuple(_build_line(line) for line in data["lines"]),
        _number(data.get("full", 100)),
        data.get("note", ""),
    )


def _measure(data: Mapping[str, Any]) -> Measure:
    of = data.get("of")
    return Measure(data["input"], of if of is None or isinstance(of, str) else _number(of))


def _bound(data: Mapping[str, Any]) -> Bound:
    side = next(side for side in Side if side in data)
    return Bound(side, _number(data[side]))


def _condition(data: Mapping[str, Any]) -> Condition:
    other = data.get("otherwise", 0)
    otherwise = Otherwise(other) if isinstance(other, str) else _number(other)
    return Condition(_measure(data), _bound(data), otherwise, data.get("reason", ""))


def _build_line(data: Mapping[str, Any]) -> Line:
    named: dict[str, Any] = {"name": data["name"], "when": tuple(map(_condition, data.get("when", ())))}
    return _BUILDERS[data["kind"]](data, named)


def _build_steps(data: Mapping[str, Any], named: dict[str, Any]) -> Line:
    steps = sorted(((_number(one["from"]), _number(one["points"])) for one in data["steps"]), reverse=True)
    return Steps(**named, measure=_measure(data), steps_down=tuple(steps), lowest=_number(data.get("below", 0)))


def _build_proportional(data: Mapping[str, Any], named: dict[str, Any]) -> Line:
    return Proportional(
        **named,
        measure=_measure(data),
        points=_number(data["points"]),
        full_from=_optional(data, "full_from"),
        beyond=data.get("beyond", False),
    )


def _build_deduction(data: Mapping[str, Any], named: dict[str, Any]) -> Line:
    return DeductPer(
        **named,
        measure=_measure(data),
        bound=_bound(data),
        per=_number(data["per"]),
        deduct=_number(data["deduct"]),
        points=_number(data.get("points", 0)),
        counting=Counting(data.get("counting", Counting.WHOLE)),
    )


def _build_bonus(data: Mapping[str, Any], named: dict[str, Any]) -> Line:
    points, per = _number(data["points"]), _number(data.get("per", 1))
    return BonusPer(**named, measure=_measure(data), points=points, per=per)


def _build_sum(data: Mapping[str, Any], named: dict[str, Any]) -> Line:
    shares = []
    for one in data["of"]:
        weight = _optional(one, "weight")
        shares.append(Share(one["line"], weight, _number(one.get("full", 100))))
    return WeightedSum(**named, shares=tuple(shares))


_BUILDERS: Mapping[str, Callable[[Mapping[str, Any], dict[str, Any]], Line]] = {
    "proportional": _build_proportional,
    "steps": _build_steps,
    "deduct_per": _build_deduction,
    "bonus_per": _build_bonus,
    "floor": lambda data, named: Floor(**named, measure=_measure(data), limit=_number(data["limit"])),
    "cap": lambda data, named: Cap(**named, measure=_measure(data), limit=_number(data["limit"])),
    "weighted_sum": _build_sum,
    "not_applicable": lambda data, named: NotApplicable(**named, reason=data.get("reason", "")),
    "veto": lambda data, named: Veto(**named, measure=_measure(data), bound=_bound(data), grade=data["grade"]),
}
