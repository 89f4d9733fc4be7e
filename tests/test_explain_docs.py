"""`explain` on the command line: every rule's page in both languages, the list, and codes that do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest
import returns_kit as kit
from click.testing import CliRunner, Result

from kpi_xlsx.checks import CHECKS
from kpi_xlsx.cli import cli
from kpi_xlsx.model import Language, Severity

SEVERITIES = {
    Severity.ERROR: ("必须修改", "Must fix"),
    Severity.WARNING: ("请说明", "Please explain"),
    Severity.INFO: ("提示", "For information"),
}
PAGES = [pytest.param(check.code, language, id=f"{check.code}-{language}") for check in CHECKS for language in Language]
BY_CODE = {check.code: check for check in CHECKS}
both_languages = pytest.mark.parametrize("language", list(Language))


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *map(str, arguments)])


@pytest.mark.parametrize(("code", "language"), PAGES)
def test_page_is_printed_whole(code: str, language: Language) -> None:
    check = BY_CODE[code]
    done = explain(code, "--lang", language)
    assert (done.exit_code, done.stderr) == (0, "")
    title, _, page = done.stdout.partition("\n\n")
    assert page == check.words(language).page + "\n"
    assert title.startswith(f"{code} {check.name} (")
    assert language.say(*SEVERITIES[check.severity]) in title
    assert (language.say("可以说明", "can be explained") in title) == check.explainable


@both_languages
def test_list_has_a_line_for_every_rule(language: Language) -> None:
    done = explain("--lang", language)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [check.code for check in CHECKS]
    for line, check in zip(lines, CHECKS, strict=True):
        summary = check.words(language).page.splitlines()[0]
        assert line.endswith(f"{check.name}: {summary}")
        assert language.say(*SEVERITIES[check.severity]) in line
        assert ("*" in line.removesuffix(summary)) == check.explainable


@both_languages
def test_code_may_be_typed_in_small_letters(language: Language) -> None:
    assert explain("d101", "--lang", language).stdout == explain("D101", "--lang", language).stdout


@pytest.mark.parametrize(("typed", "meant"), [("R1O1", "R101"), ("v1o5", "V105"), ("D1O3", "D103"), ("F1O5", "F105")])
@both_languages
def test_unknown_code_names_the_nearest(language: Language, typed: str, meant: str) -> None:
    done = explain(typed, "--lang", language)
    assert (done.exit_code, done.stdout) == (2, "")
    assert typed in done.stderr
    assert language.say(f"是不是 {meant}", f"did you mean {meant}") in done.stderr


@both_languages
def test_unknown_code_near_to_none(language: Language) -> None:
    done = explain("什么", "--lang", language)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "什么" in done.stderr
    assert language.say("是不是", "did you mean") not in done.stderr


def test_unknown_language_is_wrong_use() -> None:
    done = explain("R101", "--lang", "fr")
    assert (done.exit_code, done.stdout) == (2, "")


@both_languages
def test_cycle_in_the_current_folder_says_the_language(
    language: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    monkeypatch.chdir(cycle.settings.folder)
    assert explain("R101").stdout == explain("R101", "--lang", language).stdout
    monkeypatch.chdir(cycle.settings.inbox)
    assert explain("R101").exit_code == 0
