"""How the package hangs together: who may import whom, where heavy libraries stand, and what a command loads."""

from __future__ import annotations

import ast
import graphlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import returns_kit as kit

import kpi_xlsx
from kpi_xlsx.model import Language

PACKAGE = Path(kpi_xlsx.__file__).parent
ROOT = PACKAGE.parent

TABLE = """
core: limits plan_changes model stand_ins resources files periods template toml_files column_definition
core: assessors
core: identity context owners
core: receipts decisions events packing versions past amending counting wording lines footnotes plan_comparison rhythm
core: portions
core: magnitudes reading units targets pace_rules numerals figures dates choices values told_figures judgements pace
core: releases prose_figures pace_definition target_hints
core: target_table
core: succession yearbook handover
core: movements year_runs
rims: definition definition_words definition_sheet
core: score_measures score_kinds score_sums score_book score_lines score_definition scoring credits
rims: settings book parts archives package kinds passwords extras sheets old_parts old_books open_values open_document
rims: sheet_looks specimen specimen_meanings specimen_table specimen_doubts specimen_lists specimen_columns
rims: specimen_entries specimen_words specimen_reading drafts definition_book
rims: workbooks headings intake plan_rows plan_sheets plan_targets plan
rims: tables merges rows leftovers signatures sightings assessor_sheets returns report settling
rims: notice notice_text notice_html notice_docx notice_pdf notices notice_headings notice_titles notice_rows
rims: plan_proposal
rims: carriers second_sheet
rims: fingerprints memory ledger_fields ledger locks changes
rims: cycle_text copies
rims: register_fields register_columns register_sheets register_words moments register_file register_cells register
rims: excel selfcheck instructions layout form_rules form_frame form_remarks form
rims: history inputs dossier archived register_book xml_pieces style_pieces sheet_pieces edition register_additions
rims: pacing master_pace outputs.targets
rims: master_columns old_master master_edits master_amended master_rows master tallies
rims: outputs.bars outputs.paper outputs.overview_sheet outputs.print_sheet
rims: checks checks.rule checks.zh checks.files checks.identity checks.structure checks.required checks.values
rims: master_columns old_master master_edits master_amended master_rows master
rims: checks.zh checks.zh.files checks.zh.identity checks.zh.structure checks.zh.required
rims: checks.zh.values checks.zh.deadlines checks.zh.targets checks.zh.rounds checks.zh.plans
rims: checks checks.rule checks.files checks.identity checks.structure checks.required checks.values
rims: checks.reasons checks.deadlines checks.across checks.disputes checks.plans checks.rhythm checks.years
rims: checks.echoes checks.targets checks.plan_measures
rims: checks.assessed
rims: outputs outputs.findings outputs.listing outputs.returns outputs.reading_list
rims: outputs.html_pages outputs.change_list outputs.year_table briefing outputs.handover_sheet
rims: outputs.movements outputs.year
rims: report_states data_tables table_schema outputs.data_files
rims: standing stocktaking reminders steps outputs.chase traces outputs.goal_page
verbs: loading turns surveying assessing batch chronicle judging previous tracing corrections merging healing feedback
verbs: outbox
verbs: successor clearance
rims: publication publication_text gate office_program destinations outputs.notice_document outputs.notice_page
verbs: publishing exports
verbs: supplements role_forms assessor_forms
verbs: notice_returns starter plan_ids plan_import cycle demo
verbs: template_import
shell: __init__ __main__ console usage cli screen standing_screen overview menu inquiry trace_screen renewal extracts
shell: handover_screen importing
rims: outputs.archive_page unsettled
rims: register_credits score_targets score_inputs outputs.score_steps outputs.scores
verbs: late closing
shell: ending
"""
"""From the inside out; a module imports from its own layer and from inner ones."""


def read_layers(text: str) -> Mapping[str, frozenset[str]]:
    layers: dict[str, frozenset[str]] = {}
    for line in text.split("\n")[1:-1]:
        layer, _, modules = line.partition(":")
        layers[layer] = layers.get(layer, frozenset()) | frozenset(modules.split())
    return layers


LAYERS = read_layers(TABLE)
RULES_USE = frozenset(["reading", "values", "dates", "figures", "units", "checks"]) | LAYERS["core"]
"""What a rule judges by: nothing that opens a file."""
HEAVY: Mapping[str, frozenset[str]] = {
    "click": frozenset(
        [
            "cli",
            "console",
            "ending",
            "extracts",
            "handover_screen",
            "importing",
            "inquiry",
            "menu",
            "overview",
            "renewal",
            "screen",
            "standing_screen",
            "trace_screen",
            "usage",
        ]
    ),
    "docx": frozenset(["outputs.notice_document"]),
    "jinja2": frozenset(["outputs.html_pages"]),
    "msoffcrypto": frozenset(["passwords"]),
    "olefile": frozenset(["old_books", "passwords"]),
    "openpyxl": frozenset(["demo", "plan_ids"]),
    "pandas": frozenset(["report"]),
    "pdfplumber": frozenset(["notice_pdf"]),
    "pyarrow": frozenset(["outputs.data_files"]),
    "tomlkit": frozenset(["cycle_text"]),
    "sqlite3": frozenset(["ledger", "ledger_fields", "locks", "memory", "outputs.data_files"]),
    "xlrd": frozenset(["old_books"]),
    "xlsxwriter": frozenset(["excel"]),
}
LAZY = frozenset(["docx", "jinja2", "msoffcrypto", "olefile", "openpyxl", "pandas", "pdfplumber", "tomlkit", "xlrd"])
LAZY = frozenset(["jinja2", "msoffcrypto", "olefile", "openpyxl", "pandas", "pdfplumber", "pyarrow", "tomlkit", "xlrd"])
"""Never imported when a module is: no common command needs them."""


@dataclass(frozen=True)
class Import:
    """One import statement: who says it, of what, and when it takes place."""

    module: str
    target: str
    line: int
    typing: bool
    lazy: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def name_of(path: Path) -> str:
    """A module's name within the package: `checks.rule`; that of a package below is its folder's."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def walk(module: str, node: ast.AST, typing: bool = False, lazy: bool = False) -> Iterator[Import]:
    """The imports below a node of the tree."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(module, alias.name, node.lineno, typing, lazy)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module}:{node.lineno} is a relative import"
        for target in {_source(node.module or "", alias.name) for alias in node.names}:
            yield Import(module, target, node.lineno, typing, lazy)
    elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        for part, only_typing in ((node.body, True), (node.orelse, typing)):
            for statement in part:
                yield from walk(module, statement, only_typing, lazy)
    else:
        lazy = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(module, child, typing, lazy)


def _source(package: str, name: str) -> str:
    """`from kpi_xlsx import resources` imports a module, `from kpi_xlsx.model import Goal` a name in one."""
    inner = f"{package}.{name}"
    return inner if inner.removeprefix("kpi_xlsx.") in MODULES and inner.startswith("kpi_xlsx.") else package


IMPORTS = [found for name, path in MODULES.items() for found in walk(name, ast.parse(path.read_text("utf-8")))]
INSIDE = {
    one: one.target.removeprefix("kpi_xlsx").lstrip(".") or "__init__"
    for one in IMPORTS
    if one.target.split(".")[0] == "kpi_xlsx"
}
OUTSIDE = {one: one.target.split(".")[0] for one in IMPORTS if one not in INSIDE}


# --- between our own modules ------------------------------------------------------------------------------------------


def test_every_module_has_one_layer() -> None:
    placed = [module for members in LAYERS.values() for module in members]
    assert sorted(placed) == sorted(MODULES)


def test_imports_point_inwards() -> None:
    depth = {module: number for number, members in enumerate(LAYERS.values()) for module in members}
    assert [str(one) for one, target in INSIDE.items() if depth[target] > depth[one.module]] == []


def test_rules_open_no_file() -> None:
    outward = [
        str(one)
        for one, target in INSIDE.items()
        if one.module.split(".")[0] == "checks" and target not in RULES_USE and not target.startswith("checks.")
    ]
    assert outward == []


def test_nothing_imports_in_circles() -> None:
    """Of what is imported when a module is; the sorter raises CycleError, which names the circle."""
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for one, target in INSIDE.items():
        if not one.lazy and not one.typing:
            graph[one.module].add(target)
    graphlib.TopologicalSorter(graph).prepare()


# --- libraries --------------------------------------------------------------------------------------------------------


def test_heavy_libraries_stay_where_they_are() -> None:
    users = {library: {one.module for one, found in OUTSIDE.items() if found == library} for library in HEAVY}
    assert users == HEAVY


def test_no_other_library_is_imported() -> None:
    known = sys.stdlib_module_names | HEAVY.keys()
    assert [str(one) for one, library in OUTSIDE.items() if library not in known] == []


def test_rarely_needed_libraries_are_imported_late() -> None:
    early = [str(one) for one, library in OUTSIDE.items() if library in LAZY and not one.lazy and not one.typing]
    assert early == []


def test_core_needs_the_standard_library_only() -> None:
    assert [str(one) for one, library in OUTSIDE.items() if one.module in LAYERS["core"] and library in HEAVY] == []


# --- what a command loads ---------------------------------------------------------------------------------------------

RUN = """
import os, pathlib, sys
from kpi_xlsx.cli import main
try:
    main()
finally:
    pathlib.Path(os.environ["MODULES"]).write_text(" ".join(sys.modules))
"""
"""A command, and what is in memory when it has ended."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small cycle in which everybody has reported."""
    cycle = kit.make_cycle(tmp_path_factory.mktemp("layers") / "cycle", Language.EN)
    kit.send(cycle)
    return cycle.settings.folder


def loaded(tmp_path: Path, *arguments: str) -> set[str]:
    """The modules in memory when a command has ended well."""
    out = tmp_path / "modules.txt"
    command = [sys.executable, "-c", RUN, *arguments]
    environment = {**os.environ, "MODULES": str(out), "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return set(out.read_text().split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["merge", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    modules = loaded(tmp_path, *arguments)
    assert "click" in modules
    assert not modules & {"xlsxwriter", "openpyxl", "pandas", "sqlite3", "kpi_xlsx.cycle", "kpi_xlsx.sheets"}


def test_explain_loads_no_reader(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "explain", "R101", "--lang", "zh")
    assert not modules & {"openpyxl", "pandas", "sqlite3", "kpi_xlsx.cycle"}


@pytest.mark.parametrize("command", ["generate", "validate", "merge", "status", "feedback"])
def test_common_commands_load_no_rare_library(command: str, folder: Path, tmp_path: Path) -> None:
    modules = loaded(tmp_path, command, "-C", str(folder))
    assert "kpi_xlsx.cycle" in modules
    assert not modules & LAZY
