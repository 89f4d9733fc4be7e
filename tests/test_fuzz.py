"""Three thousand damaged files, always the same ones; `python tests/fuzz.py` tries as many more as wished."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import fuzz
import pytest
from damage import damage, repack, unpack
from hostile import PLAIN, workbook
from soundness import look

from kpi_xlsx.model import Language

CASES = 3000
SEED = 1


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> fuzz.Ground:
    return fuzz.lay_ground(tmp_path_factory.mktemp("ground"))


def test_three_thousand_damaged_files_come_to_a_proper_end() -> None:
    tallies = list(fuzz.run(SEED, CASES, os.cpu_count() or 1))
    assert [(one.name, one.origin, one.reason) for tally in tallies for one in tally.failures] == []
    assert sum(tally.cases for tally in tallies) == CASES
    assert max(tally.megabytes for tally in tallies) < fuzz.MEGABYTES


def test_a_case_is_the_same_every_time(ground: fuzz.Ground, tmp_path: Path) -> None:
    forms = {one.name for one in ground.forms}
    assert {"filled-zh.xlsx", "blank-en.xlsx", "filled-en.xls", "blank-zh.ods"} <= forms
    again = fuzz.lay_ground(tmp_path)
    numbers = [number for number in range(60) if ground.case(SEED, number)[0].name in forms]
    assert len(numbers) > 20
    assert all(ground.case(SEED, number) == again.case(SEED, number) for number in numbers)


def test_damage_leaves_some_forms_readable_and_some_not(ground: fuzz.Ground) -> None:
    """Else it would be too harsh or too gentle to find anything."""
    form = next(one for one in ground.forms if one.name == "filled-zh.xlsx")
    codes: set[str] = set()
    for number in range(200):
        body = damage(form.body, random.Random(number))
        results = look(ground.contexts[Language.ZH], ground.place, body)
        codes |= {finding.code for one in results for finding in one.findings}
    assert {"F101", "F104", "I101", "I106", "R101"} <= codes
    assert {code[0] for code in codes} >= set("FIRSV")


def _crash(_: object, __: object, body: bytes, ___: str) -> None:
    raise ValueError(len(body))


def _hang(*_: object) -> None:
    while True:
        pass


def _devour(*_: object) -> None:
    assert bytearray(b"x") * (fuzz.MEGABYTES * 2**20)


@pytest.mark.skipif(sys.platform == "win32", reason="time and memory of one case are not seen here")
@pytest.mark.parametrize(
    ("deed", "said"), [(_crash, "ValueError: 3"), (_hang, "no end after 1 s"), (_devour, "a peak of")]
)
def test_what_goes_wrong_is_noticed(
    ground: fuzz.Ground, monkeypatch: pytest.MonkeyPatch, deed: object, said: str
) -> None:
    monkeypatch.setattr(fuzz, "look", deed)
    if deed is _hang:  # only this one is to run into the alarm: memory may take a slow machine longer than that
        monkeypatch.setattr(fuzz, "SECONDS", 1)
    assert said in ground.try_one("a.xlsx", b"abc", Language.ZH)


def test_a_proper_end_is_nothing_to_report(ground: fuzz.Ground) -> None:
    assert ground.try_one("a.xlsx", workbook(PLAIN), Language.EN) == ""


def pairs() -> Iterator[tuple[str, bytes]]:
    yield from (("a.xml", b"<a/>"), ("a.xml", b"<b/>"), ("", b"x"))


def test_a_zip_may_hold_one_name_twice() -> None:
    assert unpack(repack(list(pairs())))[0][0] == "a.xml"
    assert [name for name, _ in unpack(repack(list(pairs())))] == ["a.xml", "a.xml", ""]
