"""The whole command over the demo's inbox with 136 hostile files in it: it ends, says why, and harms no good return."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nasty
import pytest

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.demo import run_demo
from kpi_xlsx.model import Language
from kpi_xlsx.report import Row

ROOT = Path(__file__).parent.parent
FOLDER = "00 来历不明"
MEMORY = 500
"""In megabytes."""

RUN = """
import os, pathlib, sys
from kpi_xlsx.cli import main
try:
    main()
finally:
    status = pathlib.Path("/proc/self/status")
    pathlib.Path(os.environ["STATUS"]).write_text(status.read_text() if status.exists() else "")
"""
"""A command, and what the system says of its process at the end (Linux only)."""

FOREIGN = re.compile(
    r"Traceback|Error\b|Exception|Errno|\bNone\b|\bexpat\b|zipfile|codec|openpyxl|xlrd|msoffcrypto|python"
    r"|<class|object at|0x[0-9a-f]{4}|[{}]|\bTrue\b|\bFalse\b",
    re.IGNORECASE,
)
"""What a clerk must never read."""
HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Crowd:
    """The demo before and after the hostile files came, and how the command ended."""

    language: Language
    cycle: Cycle
    alone: Mapping[str, Any]
    entries_alone: tuple[Row, ...]
    together: Mapping[str, Any]
    exit_code: int
    errors: str
    status: str

    def findings(self, file: str) -> list[Mapping[str, Any]]:
        return [one for one in self.together["findings"] if one["file"] == file]


def path_of(name: str) -> str:
    return f"inbox/{FOLDER}/{name}"


@pytest.fixture(scope="module", params=Language, ids=str)
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    language: Language = request.param
    folder = tmp_path_factory.mktemp("crowd") / "demo"
    run_demo(folder, language)
    cycle = Cycle.load(folder, language)
    alone = cycle.validate()
    nasty.write_all(cycle.settings.inbox / FOLDER)
    status = folder.parent / "status.txt"
    done = subprocess.run(
        [sys.executable, "-c", RUN, "validate", "-C", str(folder), "--format", "json"],
        cwd=ROOT,
        env={**os.environ, "STATUS": str(status), "PYTHONUTF8": "1", "KPI_XLSX_LANG": str(language)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    together = json.loads(done.stdout)
    rows = tuple(alone.entries)
    return Crowd(
        language, cycle, alone.to_dict(), rows, together, done.returncode, done.stderr, status.read_text("utf-8")
    )


pytestmark = pytest.mark.slow


def test_the_command_ends_with_errors_found_and_no_traceback(crowd: Crowd) -> None:
    assert crowd.exit_code == 1
    assert "Traceback" not in crowd.errors


def test_every_hostile_file_ends_as_it_should(crowd: Crowd) -> None:
    status = {one["file"]: one["status"] for one in crowd.together["returns"]}
    for case in nasty.CASES:
        found = {one["code"] for one in crowd.findings(path_of(case.name)) if one["severity"] == "error"}
        assert (case.name, status[path_of(case.name)]) == (case.name, case.status)
        assert (case.name, found) == (case.name, {case.code} - {""})


def test_every_member_of_a_bundle_ends_as_it_should(crowd: Crowd) -> None:
    for bundle, members in nasty.INSIDE.items():
        for name, code in members.items():
            file = path_of(f"{bundle}/{name}")
            assert (file, {one["code"] for one in crowd.findings(file)}) == (file, {code})


def sentences(crowd: Crowd) -> Iterator[str]:
    for case in nasty.CASES:
        if case.status == "quarantined":
            found = crowd.findings(path_of(case.name))
            assert found, case.name
            for one in found:
                yield one["message"]
                yield one["hint"]


def test_what_is_said_of_them_is_a_sentence_for_a_clerk(crowd: Crowd) -> None:
    for text in sentences(crowd):
        assert text.endswith(crowd.language.say("。", ".")), text
        assert FOREIGN.search(text) is None, text
        assert bool(HAN.search(text)) is (crowd.language is Language.ZH), text


def test_the_good_returns_are_read_as_if_they_were_alone(crowd: Crowd) -> None:
    hostile = path_of("")
    for kind in ("returns", "findings"):
        left = [one for one in crowd.together[kind] if not str(one["file"]).startswith(hostile)]
        assert left == crowd.alone[kind]
    assert len(crowd.alone["returns"]) > 2


def test_the_entries_are_those_of_the_good_returns(crowd: Crowd) -> None:
    assert sum(row.entry is not None for row in crowd.entries_alone) > 10
    assert tuple(crowd.cycle.validate().entries) == crowd.entries_alone


def test_every_file_has_exactly_one_end_and_the_counts_add_up(crowd: Crowd) -> None:
    inbox = crowd.cycle.settings.inbox
    lying = {f"inbox/{path.relative_to(inbox).as_posix()}" for path in inbox.rglob("*") if path.is_file()}
    ends = Counter(one["file"] for one in crowd.together["returns"] if one["file"] in lying)
    assert ends == dict.fromkeys(lying, 1)
    others = [one for one in crowd.together["returns"] if one["file"] not in lying]
    assert all(any(one["file"].startswith(f"{file}/") for file in lying) for one in others)
    counts = Counter(one["status"] for one in crowd.together["returns"])
    assert counts.keys() <= {"read", "attached", "ignored", "quarantined"}
    assert counts.total() == len(lying) + len(others)


def test_the_command_needs_little_memory(crowd: Crowd) -> None:
    peak = re.search(r"VmHWM:\s+(\d+) kB", crowd.status)
    if peak is None:
        pytest.skip("the system does not tell the peak memory of a process")
    assert int(peak[1]) / 1024 < MEMORY
