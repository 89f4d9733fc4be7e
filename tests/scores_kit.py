"""Rules of scores.toml for tests: read from text, given figures, and drawn at random."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import returns_kit as kit

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language
from kpi_xlsx.score_book import Rule, ScoreBook
from kpi_xlsx.score_definition import load_scores
from kpi_xlsx.scoring import Figure, Score, evaluate
from kpi_xlsx.starter import write_plan

EXAMPLES = Path(__file__).parent.parent / "examples"
Figures = Mapping[str, str | None]
"""By input's name, as decimals are written; None is missing."""


def notice_rule(language: Language = Language.ZH) -> Rule:
    """The shipped example: the notice's own rule for major industrial projects."""
    return load_scores(EXAMPLES / f"notice-{language}" / "scores.toml", language).rules[0]


def make_notice_cycle(folder: Path, language: Language) -> Cycle:
    """A sample department with a quarter of its task, scored by the shipped example as it stands."""
    say, offices = language.say, kit.departments(language)
    goal: kit.PlanRow = {
        "id": "JR-11",
        "department": "A",
        "name": say("重大产业项目（示例）", "Major projects (sample)"),
        "requirement": say("招引项目16个，落地率不低于50%", "16 projects, half of them landed"),
        "due_month": 12,
        "weight": 100,
    }
    targets: list[kit.PlanRow] = [
        {
            "id": "JR-11#1",
            "name": say("引进个数", "Projects"),
            "target": ">=16",
            "unit": say("个", ""),
            "basis": "flow",
        },
        {"id": "JR-11#2", "name": say("落地率", "Landing rate"), "target": ">=50%", "unit": "%", "basis": "ratio"},
    ]
    made = kit.make_cycle(folder, language, plan=[goal], offices=offices)
    made.settings.plan.unlink()
    write_plan(made.settings.plan, [goal], offices, language, targets=targets)
    shutil.copy(EXAMPLES / f"notice-{language}" / "scores.toml", folder)
    made = Cycle.load(folder, language)
    kit.fill(made, "A", kit.inbox(made), {"jr-11": {"actual": None, "1.total": 4, "2.total": 60}})
    return made


def read(folder: Path, text: str, language: Language = Language.EN) -> ScoreBook:
    path = folder / "scores.toml"
    path.write_text(text, "utf-8")
    return load_scores(path, language)


def rule_of(folder: Path, lines: str, *inputs: str) -> Rule:
    """A rule of these lines; its inputs are columns of their own names."""
    names = "\n".join(f'{name} = "{name}"' for name in inputs)
    return read(folder, f'[[rules]]\nname = "R"\ngoals = ["1"]\n[rules.inputs]\n{names}\n{lines}').rules[0]


def line(name: str, kind: str, more: str) -> str:
    return f'[[rules.lines]]\nname = "{name}"\nkind = "{kind}"\n{more}\n'


def score(rule: Rule, figures: Figures, language: Language = Language.EN, decimals: int = 2) -> Score:
    inputs = {one.name: figures.get(one.name) for one in rule.inputs}
    found = {name: Figure(None if text is None else Decimal(text), "?") for name, text in inputs.items()}
    return evaluate(rule, found, language, decimals)


def random_rule(draw: random.Random) -> str:
    """The lines of a rule with the inputs a, b and c, each kind where it can stand."""
    names = ["a", "b", "c"]
    lines = []
    for number in range(draw.randint(3, 8)):
        name = f"L{number}"
        lines.append(_random_line(draw, name, names))
        names.append(name)
    return "".join(lines)


def _random_line(draw: random.Random, name: str, names: list[str]) -> str:
    measure = f'input = "{draw.choice(names)}"\n'
    if draw.random() < 0.4:
        measure += (
            f"of = {draw.choice([40, 90, 100, 7])}\n" if draw.random() < 0.5 else f'of = "{draw.choice("abc")}"\n'
        )
    when = ""
    if draw.random() < 0.25:
        side, other = (
            draw.choice(["at_least", "above", "at_most", "below"]),
            draw.choice(['"cannot_score"', "0", "2.5"]),
        )
        other = '"not_applicable"' if draw.random() < 0.3 else other
        limit = draw.choice([0, 45, 50])
        when = f'when = [{{ input = "{draw.choice(names)}", {side} = {limit}, otherwise = {other} }}]\n'
    count = draw.choice(["whole", "begun", "proportional"])
    side = draw.choice(["below", "above"])
    shares = draw.sample(names, k=min(len(names), draw.randint(1, 4)))
    weighs = ", ".join(
        f'{{ line = "{one}"{draw.choice(["", ", weight = 30, full = 70", ", weight = 12.5"])} }}' for one in shares
    )
    kinds = {
        "proportional": f"{measure}points = 70\n{draw.choice(['', 'full_from = 90', 'beyond = true'])}\n",
        "steps": f"{measure}steps = [{{ from = 90, points = 10 }}, {{ from = 45, points = 6.5 }}]\nbelow = -1\n",
        "deduct_per": f'{measure}{side} = 50\nper = {draw.choice([5, 0.1, 3])}\ndeduct = 2\ncounting = "{count}"\n',
        "bonus_per": f"{measure}points = 5\nper = {draw.choice([1, 0.5, 10])}\n",
        "floor": f'input = "{draw.choice(names)}"\nlimit = 0\n',
        "cap": f'input = "{draw.choice(names)}"\nlimit = 55.5\n',
        "weighted_sum": f"of = [{weighs}]\n",
        "not_applicable": "",
    }
    kind = draw.choice([*kinds, "deduct_per", "proportional", "weighted_sum"])
    return line(name, kind, kinds[kind] + when)


def random_figures(draw: random.Random) -> Figures:
    """Figures near the edges that rules have; now and then one is missing."""
    edges = ["0", "5", "44.9", "45", "45.1", "49.999999", "50", "50.000001", "54.9", "55", "89.99", "90", "100", "0.3"]
    others = [str(draw.randint(-20, 200)), f"{draw.uniform(0, 120):.3f}", "-3", None]
    return {name: draw.choice([*edges, *others]) for name in "abc"}
