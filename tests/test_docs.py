"""The documents say what the program does. Run as a script, this rewrites the READMEs' tables of rules."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from kpi_xlsx import __version__
from kpi_xlsx.checks import CHECKS
from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.cli import cli
from kpi_xlsx.column_definition import COLUMN_KEYS
from kpi_xlsx.definition import TOP_KEYS
from kpi_xlsx.definition_words import COLUMN_SHEET, NAMES, SETTINGS_SHEET
from kpi_xlsx.model import Language
from kpi_xlsx.settings import KEYS

ROOT = Path(__file__).parent.parent
READMES = {Language.EN: ROOT / "README.md", Language.ZH: ROOT / "README.zh-CN.md"}
TABLE = re.compile(r"(?<=<!-- rules -->\n).*(?=<!-- /rules -->)", re.DOTALL)


def rules_table(language: Language) -> str:
    """The table of rules as it should stand in a README."""
    head = language.say("| 代码 | 轻重 | 名称 | 说的是什么 |", "| code | severity | name | what it says |")
    lines = [head, "|---|---|---|---|"]
    for check in CHECKS:
        code = check.code + r"\*" * check.explainable
        summary = check.words(language).page.partition("\n")[0]
        lines.append(f"| {code} | {SEVERITY_WORDS[check.severity][language]} | {check.name} | {summary} |")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("language", list(Language))
def test_the_table_of_rules_is_what_the_rules_say(language: Language) -> None:
    found = TABLE.search(READMES[language].read_text("utf-8"))
    assert found is not None
    assert found[0] == rules_table(language), "run: python tests/test_docs.py"


@pytest.mark.parametrize("language", list(Language))
def test_every_command_and_every_key_of_the_cycle_is_in_the_readme(language: Language) -> None:
    text = READMES[language].read_text("utf-8")
    assert [name for name in cli.commands if f"| `{name}" not in text] == []
    assert [key for key in KEYS if key not in text and key not in ("id", "previous")] == []


def test_both_readmes_have_the_same_two_commands_and_parts() -> None:
    texts = [path.read_text("utf-8") for path in READMES.values()]
    blocks = [re.findall(r"```bash\n(.*?)\n```", text, re.DOTALL) for text in texts]
    assert blocks[0] == blocks[1]
    assert [len(block.splitlines()) for block in blocks[0]] == [1, 1]
    english, chinese = (text.count("\n## ") for text in texts)
    assert english == chinese


def test_the_page_on_templates_names_every_key() -> None:
    text = (ROOT / "docs" / "templates.md").read_text("utf-8")
    assert [key for key in (*TOP_KEYS, *COLUMN_KEYS) if f"`{key}`" not in text] == []


def test_the_page_on_a_form_of_ones_own_has_every_name_of_the_sheet() -> None:
    for number, page in enumerate(("your-own-form.zh-CN.md", "your-own-form.md")):
        text = (ROOT / "docs" / page).read_text("utf-8")
        words = (COLUMN_SHEET[number], SETTINGS_SHEET[number], *(pair[number] for pair in NAMES.values()))
        assert [word for word in words if word not in text] == []


def test_links_and_pictures_are_there() -> None:
    pages = [*READMES.values(), *sorted((ROOT / "docs").glob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_version_is_in_one_place_and_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" not in project
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


if __name__ == "__main__":
    for wanted, readme in READMES.items():
        readme.write_text(TABLE.sub(lambda _: rules_table(wanted), readme.read_text("utf-8")), "utf-8")  # noqa: B023
    sys.exit()
