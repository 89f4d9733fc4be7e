"""Small cycles in a folder of their own, and what departments do to a form before they send it back."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import stored
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx import identity as identities
from kpi_xlsx import resources
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.form_rules import HIDDEN_SHEET
from kpi_xlsx.model import Finding, Language, Progress, Scalar, id_key, match_key
from kpi_xlsx.periods import parse_period
from kpi_xlsx.register_sheets import SHEETS
from kpi_xlsx.report import Report
from kpi_xlsx.report import Row as MasterRow
from kpi_xlsx.starter import write_plan
from kpi_xlsx.target_table import SHEET_NAMES

ZONE = dt.timezone(dt.timedelta(hours=8))
PERIOD = "2018-01/2018-06"
DESIGN = "form.toml"
MORE_COLUMNS = """
[[columns]]
key = "share"
header = "{share}"
source = "department"
type = "number"
min = 0
max = 100

[[columns]]
key = "code"
header = "{code}"
source = "department"
max_length = 10

[[columns]]
key = "growth"
header = "{growth}"
source = "department"
type = "number"
"""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"

SIGNED = {Language.ZH: "审核人：", Language.EN: "Checked by:"}
"""What this template wants to be filled in below the table."""

PlanRow = Mapping[str, Scalar]
Row = Mapping[str, Scalar | None]
Changes = Mapping[str, Row]
"""What differs from good answers, by goal and column key; None leaves the cell blank."""
Operation = Callable[[Cycle], object]
"""Puts into the inbox (or the register) what a sentence of an example says."""


# --- a cycle ----------------------------------------------------------------------------------------------------------


def departments(language: Language) -> list[PlanRow]:
    say = language.say
    return [
        {"code": "A", "name": say("样例甲局", "Sample Bureau"), "phone": "555-0101"},
        {"code": "B", "name": say("样例乙局", "Other Bureau")},
    ]


def goals(language: Language) -> list[PlanRow]:
    say = language.say
    rows = [
        ("1", "A", "道路", "Roads", "建成通车 12 公里道路", "Open 12 km of road", 6),
        ("2", "A", "学校", "Schools", "改造 15 所学校", "Refurbish 15 schools", 12),
        ("3", "A", "树木", "Trees", "植树 300 棵", "Plant 300 trees", 8),
        ("4", "B", "水质", "Water", "水质全部达标", "All water up to standard", 12),
    ]
    return [
        {
            "id": number,
            "department": code,
            "name": say(zh_name, en_name),
            "requirement": say(zh_words, en_words),
            "due_month": due,
        }
        for number, code, zh_name, en_name, zh_words, en_words, due in rows
    ]


def measured_goals(language: Language, **changes: Mapping[str, Scalar]) -> list[PlanRow]:
    """The same goals with targets: 12 km, fifteen schools, a growth by 3%; `changes` by `goal2` and so on."""
    say = language.say
    parts = say("1.改造15所学校。2.新建公共图书馆并开放。", "1. Refurbish 15 schools. 2. Open a public library.")
    measures: Mapping[str, PlanRow] = {
        "1": {"target": ">=12", "unit": say("公里", "km"), "basis": say("流量", "flow")},
        "2": {"requirement": parts, "target": ">=15", "unit": say("所", "schools"), "basis": say("流量", "flow")},
        "3": {"target": ">=3", "unit": "%", "basis": say("增速", "growth")},
    }
    return [
        {**row, **measures.get(key := str(row["id"]), {}), **changes.get(f"goal{key}", {})} for row in goals(language)
    ]


def make_cycle(
    folder: Path,
    language: Language,
    *,
    period: str = PERIOD,
    version: int = 1,
    design: str = "",
    top: str = "",
    plan: Sequence[PlanRow] | None = None,
    offices: Sequence[PlanRow] | None = None,
) -> Cycle:
    """A cycle of two departments in which B has reported well, A not yet; `design` is added to the template.

    `top` is added to its keys.
    """
    assert not (folder / "inbox").exists()
    choice = (period, version, design, top, plan or goals(language), offices or departments(language))
    made = stored.copied(folder, lambda place: _make(place, language, *choice), language, choice)
    stored.share(made.context)
    return Cycle(replace(made.settings, folder=folder), made.context)


def _make(
    folder: Path,
    language: Language,
    period: str,
    version: int,
    design: str,
    top: str,
    plan: Sequence[PlanRow],
    offices: Sequence[PlanRow],
) -> Cycle:
    say = language.say
    (folder / "inbox").mkdir(parents=True)
    shipped = resources.folder("templates") / f"progress-{language}.toml"
    text = re.sub(r"(?m)^version = .*$", f"version = {version}\n{top}", shipped.read_text("utf-8"))
    text = text.replace("[print]", f'signed = ["{SIGNED[language]}"]\n\n[print]', 1)
    columns = MORE_COLUMNS.format(
        share=say("占比", "Share"), code=say("文件代号", "Code"), growth=say("增长率（%）", "Growth (%)")
    )
    (folder / DESIGN).write_text(text + columns + design, "utf-8")
    lines = (
        f'period = "{period}"',
        "return_by = 2018-07-05T17:30:00+08:00",
        f'template = "{DESIGN}"',
        'seal_key = "9f86d081884c7d65"',
    )
    (folder / "cycle.toml").write_text("\n".join(lines) + "\n", "utf-8")
    write_plan(folder / "plan.xlsx", plan, offices, language)
    cycle = Cycle.load(folder, language)
    fill(cycle, "B", inbox(cycle, "B.xlsx"))
    return cycle


def copy_cycle(cycle: Cycle, folder: Path) -> Cycle:
    """The same cycle in another folder, with all that lies in it."""
    shutil.copytree(cycle.settings.folder, folder)
    return Cycle(replace(cycle.settings, folder=folder), cycle.context)


def inbox(cycle: Cycle, name: str = "A.xlsx") -> Path:
    return cycle.settings.inbox / name


def good_answers(cycle: Cycle, department: str) -> dict[str, Row]:
    """Answers of which no rule has anything to say: goal 1, due in June, is completed, the others are on track.

    Their words are each goal's and each period's own.
    """
    say, end = cycle.context.language.say, cycle.context.period.end
    words = {meaning: choice for choice, meaning in cycle.context.template.progress_of.items()}
    completed, on_track = words[Progress.COMPLETED], words[Progress.ON_TRACK]
    answers: dict[str, Row] = {
        goal.key: {
            "progress": say(
                f"目标 {goal.id} 到{end.year}年{end.month}月按计划推进，已完成一半。",
                f"Goal {goal.id} goes on as planned; by {end:%Y-%m} half of it is done.",
            ),
            "status": on_track,
            "actual": 12,
            "data_as_of": dt.date(2018, 6, 1),
        }
        for goal in cycle.context.plan.goals_of(department)
    }
    if "1" in answers:
        answers["1"] = {**answers["1"], "status": completed, "completed_on": dt.date(2018, 6, 15)}
    return answers


def fill(cycle: Cycle, department: str, path: Path, answers: Changes | None = None) -> Path:
    """Write a department's form with good answers, changed as told; a spare row holds what is told of it."""
    good, changes = good_answers(cycle, department), answers or {}
    rows = {goal: {**good.get(goal, {}), **changes.get(goal, {})} for goal in {**good, **changes}}
    filled = {goal: {key: value for key, value in row.items() if value is not None} for goal, row in rows.items()}
    below = signed(cycle)
    stored.written(
        path,
        cycle.context,
        lambda: write_form(path, cycle.context, cycle.settings, department, filled, signed=below),
        *(replace(cycle.settings, folder=Path()), department, filled, below),
    )
    return path


def arrive(cycle: Cycle, name: str, moment: str, answers: Changes | None = None, department: str = "A") -> Path:
    """A return in the inbox under this name, that came at this time."""
    path = fill(cycle, department, inbox(cycle, name), answers)
    set_time(path, moment)
    return path


def signed(cycle: Cycle) -> Mapping[str, str]:
    """What stands below the table of a form that is signed as its template wants it."""
    return {SIGNED[cycle.context.language]: "Li"}


def blank_row(cycle: Cycle) -> Row:
    """Changes that leave every cell of a row blank."""
    return dict.fromkeys(column.key for column in cycle.context.template.main.entry)


def set_time(path: Path, text: str) -> None:
    """The file's own time, in the cycle's offset."""
    seconds = dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()
    os.utime(path, (seconds, seconds))


def decide(cycle: Cycle, sheet: str, *rows: Mapping[str, object]) -> None:
    """Rows at the end of a sheet of register.xlsx, be it as the tool makes it or, if there is none, a plain table."""
    path = cycle.settings.register
    kind = next(one for one in SHEETS if match_key(sheet) in map(match_key, one.names))
    book = load_workbook(path) if path.exists() else Workbook()
    if not path.exists():
        book.remove(book.worksheets[0])
    page = next((one for one in book.worksheets if match_key(one.title) in map(match_key, kind.names)), None)
    if page is None:
        page = book.create_sheet(sheet)
        page.append(list(rows[0]))
    top, columns = next(
        (row, found) for row in range(1, 11) if len(found := known_headings(page, row, kind.headings)) > 1
    )
    last = max((row for row in range(top, page.max_row + 1) if any(cell.value for cell in page[row])), default=top)
    for number, row in enumerate(rows, last + 1):
        for heading, value in row.items():
            page.cell(number, columns[kind.headings[match_key(heading)]]).value = value
    book.save(path)
    book.close()


def known_headings(page: Worksheet, row: int, headings: Mapping[str, str]) -> dict[str, int]:
    """The columns of a row by the keys of the headings that stand there."""
    cells = ((cell.column or 0, match_key(str(cell.value))) for cell in page[row] if cell.value is not None)
    return {headings[text]: column for column, text in cells if text in headings}


def register(cycle: Cycle, received: Mapping[str, str]) -> None:
    """A new register with the receipt times that the office wrote down."""
    cycle.settings.register.unlink(missing_ok=True)
    say = cycle.context.language.say
    file, moment = say("文件", "file"), say("收到时间", "received")
    rows = ({file: name, moment: dt.datetime.fromisoformat(when)} for name, when in received.items())
    decide(cycle, say("收件", "receipts"), *rows)


def review(
    cycle: Cycle, verdict: str = "passed", version: object = None, department: str = "A", date: dt.date | None = None
) -> None:
    """A person's verdict on a department's return, in the register."""
    say = cycle.context.language.say
    words = {"passed": "通过", "sent back": "退回", "pending": "待定"}
    row = {
        say("单位", "department"): department,
        say("版次", "version"): version,
        say("结论", "verdict"): say(words[verdict], verdict),
        say("审核人", "reviewer"): say("王样例", "Sample Reviewer"),
        say("日期", "date"): date,
    }
    decide(cycle, say("审核", "reviews"), row)


def amend(cycle: Cycle, column: str, old: object, new: object, state: str = "proposed", goal: str = "1") -> None:
    """An amendment of department A's answer, in the register."""
    say = cycle.context.language.say
    words = {"proposed": "待确认", "applied": "已采用", "rejected": "不采用"}
    row = {
        say("单位", "department"): "A",
        say("目标", "goal"): goal,
        say("列", "column"): cycle.context.template.main.by_key[column].header,
        say("原内容", "from"): old,
        say("改为", "to"): new,
        say("状态", "state"): say(words[state], state),
    }
    decide(cycle, say("更正", "amendments"), row)


def waive(cycle: Cycle, code: str, goal: object = None, reason: str = "r", by: str = "w") -> None:
    """A waiver of one of A's findings, in the register."""
    say = cycle.context.language.say
    row = {
        say("单位", "department"): "A",
        say("目标", "goal"): goal,
        say("代码", "code"): code,
        say("理由", "reason"): reason,
        say("批准人", "by"): by,
    }
    decide(cycle, say("免予说明", "waivers"), row)


def extend(cycle: Cycle, until: str) -> None:
    """A later deadline for A, in the register."""
    say = cycle.context.language.say
    row = {say("单位", "department"): "A", say("延至", "until"): until, say("依据", "authority"): "No. 5"}
    decide(cycle, say("延期", "extensions"), row)


def found(report: Report, department: str = "A") -> list[Finding]:
    return [one for one in report.findings if one.department == department]


def found_by(report: Report, code: str) -> list[Finding]:
    """What one rule found."""
    return [one for one in report.findings if one.code == code]


def row_of(report: Report, goal: str, department: str = "A") -> MasterRow:
    """The row of the master for a goal (or a spare row)."""
    return next(row for row in report.entries if (row.department, row.id) == (department, goal))


def codes(findings: Sequence[Finding]) -> set[str]:
    return {one.code for one in findings}


# --- a form in other hands --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Marks:
    """Where a form's columns and rows are, by their hidden marks; openpyxl counts from 1."""

    columns: Mapping[str, int]
    rows: Mapping[str, int]
    head: int

    @classmethod
    def of(cls, sheet: Worksheet) -> Marks:
        marks = {
            (cell.row, cell.column): cell.value[1:]
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and cell.value.startswith(identities.MARK)
        }
        columns = {key: column for (_, column), key in marks.items() if column > 1}
        rows = {id_key(key): row for (row, column), key in marks.items() if column == 1 and not key.startswith("*")}
        return cls(columns, rows, min(rows.values()) - 1)

    def ends(self) -> range:
        """The visible columns that belong to the form's table, Check left out."""
        return range(2, self.columns["check"])


@contextmanager
def edited(path: Path) -> Iterator[tuple[Worksheet, Marks]]:
    """The fill sheet of a form, to be changed and saved as another program does it."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    yield sheet, Marks.of(sheet)
    book.save(path)
    book.close()


def patch(path: Path, part: str, change: Callable[[str], str]) -> None:
    """Rewrite one part of a workbook as text."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[part] = change(members[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)


def address(path: Path, goal: str, column: str) -> str:
    """Where the answer to a goal stands: L6."""
    with edited(path) as (sheet, marks):
        return str(sheet.cell(marks.rows[goal], marks.columns[column]).coordinate)


def type_over(path: Path, goal: str, column: str, value: Scalar) -> None:
    with edited(path) as (sheet, marks):
        sheet.cell(marks.rows[goal], marks.columns[column]).value = value


def delete_column(path: Path, column: str) -> None:
    """Merged cells are taken apart: openpyxl would leave their ranges where they were, over other cells."""
    with edited(path) as (sheet, marks):
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(area.coord)
        sheet.delete_cols(marks.columns[column])


def attach(path: Path, parts: Mapping[str, str], targets: Sequence[tuple[str, str]], owner: str = "") -> None:
    """Put parts into a workbook that its fill sheet (or another owner) relates to, by kind and target."""
    path.write_bytes(attached(path.read_bytes(), parts, targets, owner))


def attached(body: bytes, parts: Mapping[str, str], targets: Sequence[tuple[str, str]], owner: str = "") -> bytes:
    rels = f"xl/_rels/{owner}.xml.rels" if owner else "xl/worksheets/_rels/sheet1.xml.rels"
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    own = members.get(rels, f'<Relationships xmlns="{PACKAGE}/relationships"></Relationships>'.encode()).decode()
    lines = "".join(
        f'<Relationship Id="more{number}" Type="{kind if "/" in kind else f"{OFFICE}/{kind}"}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, own.count("<Relationship "))
    )
    members[rels] = own.replace("</Relationships>", f"{lines}</Relationships>").encode()
    members.update({name: text.encode() for name, text in parts.items()})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def comments(*texts: str, author: str = "Li") -> str:
    """A comments part with a comment by this author for each text."""
    remarks = "".join(
        f'<comment ref="B{place}" authorId="1"><text><r><t>{text[:1]}</t></r><r><t>{text[1:]}</t></r></text></comment>'
        for place, text in enumerate(texts, 1)
    )
    authors = f"<authors><author>Zhang</author><author>{author}</author></authors>"
    return f'<comments xmlns="{MAIN}">{authors}<commentList>{remarks}</commentList></comments>'


PICTURE = "<xdr:pic><xdr:nvPicPr><xdr:cNvPr id='2' name='P'/></xdr:nvPicPr></xdr:pic>"


def text_box(words: str) -> str:
    paragraphs = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in words.split("\n"))
    return f"<xdr:sp><xdr:nvSpPr/><xdr:txBody><a:bodyPr/>{paragraphs}</xdr:txBody></xdr:sp>"


def anchored(*shapes: str) -> str:
    """A drawing part, each shape of which has an anchor of its own."""
    names = f'xmlns:xdr="{DRAWING}/spreadsheetDrawing" xmlns:a="{DRAWING}/main"'
    anchors = "".join(f"<xdr:twoCellAnchor>{shape}<xdr:clientData/></xdr:twoCellAnchor>" for shape in shapes)
    return f"<xdr:wsDr {names}>{anchors}</xdr:wsDr>"


def link_parts(target: str, number: int = 1) -> dict[str, str]:
    """An external link: its part, and the relationship that names the other workbook."""
    name = f"externalLink{number}.xml"
    line = f'<Relationship Id="rId1" Type="{OFFICE}/externalLinkPath" Target="{target}" TargetMode="External"/>'
    return {
        f"xl/externalLinks/{name}": f'<externalLink xmlns="{MAIN}"><externalBook/></externalLink>',
        f"xl/externalLinks/_rels/{name}.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{line}</Relationships>',
    }


def encrypted() -> bytes:
    """A compound file (MS-CFB) as Office writes it around a workbook with a password; its streams are empty."""
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header = magic + bytes(16) + struct.pack("<5H6x9L", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109L", 0, *[free] * 108)
    fat = struct.pack("<128L", fat_mark, end, *[free] * 126)

    def entry(name: str, kind: int, left: int, child: int) -> bytes:
        title = name.encode("utf-16-le")
        size = len(title) + 2 if name else 0
        return title.ljust(64, b"\0") + struct.pack("<HBB3L36xLQ", size, kind, 1, left, free, child, end, 0)

    folder = entry("Root Entry", 5, free, 2) + entry("EncryptionInfo", 2, free, free)
    return header + fat + folder + entry("EncryptedPackage", 2, 1, free) + entry("", 0, free, free)


# --- the sentences of the examples ------------------------------------------------------------------------------------


def send(cycle: Cycle) -> Path:
    """The form, filled in."""
    return fill(cycle, "A", inbox(cycle))


def variant(cycle: Cycle, **changes: Any) -> Cycle:
    """The cycle as it was at another time, beside it, sealed with the same key."""
    folder = cycle.settings.folder.with_name(f"{cycle.settings.folder.name}-before")
    return make_cycle(folder, cycle.context.language, **changes)


def cut_off(cycle: Cycle) -> None:
    path = send(cycle)
    body = path.read_bytes()
    path.write_bytes(body[: len(body) // 2])


def send_text(cycle: Cycle) -> None:
    inbox(cycle).write_text("goal,progress\n1,done\n", "utf-8")


def lock(cycle: Cycle) -> None:
    inbox(cycle).write_bytes(encrypted())


def leave_grid(cycle: Cycle) -> None:
    patch(send(cycle), "xl/worksheets/sheet1.xml", lambda text: text.replace('<c r="A1"', '<c r="XFE1"', 1))


def add_macros(cycle: Cycle) -> None:
    with zipfile.ZipFile(send(cycle), "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macros")


def bundle(cycle: Cycle, name: str) -> None:
    """The filled form as a zip's only member, under this name."""
    path = send(cycle)
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.write(path, name)
    path.unlink()


def send_bundle(cycle: Cycle) -> None:
    bundle(cycle, "A.xlsx")


def send_climbing_bundle(cycle: Cycle) -> None:
    bundle(cycle, "../A.xlsx")


def send_named_after(cycle: Cycle, code: str) -> None:
    send(cycle).rename(inbox(cycle, f"{cycle.context.plan.by_code[code].name}.xlsx"))


def send_named_after_b(cycle: Cycle) -> None:
    send_named_after(cycle, "B")


def send_named_after_a(cycle: Cycle) -> None:
    send_named_after(cycle, "A")


def merge_down(cycle: Cycle, column: str) -> None:
    """Two neighbours of a column merged as Excel does it: the lower cell's own content is gone."""
    with edited(send(cycle)) as (sheet, marks):
        place, top = marks.columns[column], marks.rows["1"]
        assert marks.rows["2"] == top + 1
        sheet.merge_cells(start_row=top, end_row=top + 1, start_column=place, end_column=place)


def merge_progress(cycle: Cycle) -> None:
    merge_down(cycle, "progress")


def merge_categories(cycle: Cycle) -> None:
    merge_down(cycle, "category")


def type_beside(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, marks):
        sheet.cell(marks.rows["1"], marks.columns["check"] + 2).value = "to be discussed"


def copy_sheet(cycle: Cycle, answer: str | None = None) -> None:
    """A copy of the fill sheet in the same workbook, in which another answer may stand."""
    path = send(cycle)
    book = load_workbook(path)
    copy = book.copy_worksheet(book.worksheets[0])
    marks = Marks.of(copy)
    if answer is not None:
        copy.cell(marks.rows["1"], marks.columns["progress"]).value = answer
    book.save(path)
    book.close()


def copy_sheet_and_change(cycle: Cycle) -> None:
    copy_sheet(cycle, cycle.context.language.say("原先填的另一段内容。", "What had been written before."))


def send_unsigned(cycle: Cycle) -> None:
    """Nothing stands behind the labels below the table."""
    answers = {goal: dict(row) for goal, row in good_answers(cycle, "A").items()}
    write_form(inbox(cycle), cycle.context, cycle.settings, "A", answers)  # type: ignore[arg-type]


def send_another(cycle: Cycle) -> None:
    book = Workbook()
    book.worksheets[0].append(["Canteen", "Monday", "Tuesday"])
    book.save(inbox(cycle))


def send_last_month(cycle: Cycle) -> None:
    fill(variant(cycle, period="2018-01/2018-05"), "A", inbox(cycle), {"1": {"progress": None}})


def send_stranger(cycle: Cycle) -> None:
    language = cycle.context.language
    extra = {"id": "5", "department": "C", "name": "Parks", "requirement": "Open a park", "due_month": 12}
    more = [*departments(language), {"code": "C", "name": "Third Bureau"}]
    before = variant(cycle, offices=more, plan=[*goals(language), extra])
    fill(before, "C", inbox(cycle, "C.xlsx"))


def send_old_template(cycle: Cycle) -> None:
    fill(variant(cycle, version=0), "A", inbox(cycle))


def send_old_plan(cycle: Cycle) -> None:
    first, *others = goals(cycle.context.language)
    changed = [{**first, "requirement": f"{first['requirement']} (2017)"}, *others]
    fill(variant(cycle, plan=changed), "A", inbox(cycle))


def delete_identity(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, _):
        assert str(sheet["A1"].value).startswith(identities.PAYLOAD)
        sheet["A1"].value = None
        assert sheet.parent is not None
        del sheet.parent[HIDDEN_SHEET]


def alter_identity(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, _):
        own = identities.from_payload(str(sheet["A1"].value))
        assert own is not None
        sheet["A1"].value = identities.to_payload(replace(own, revision="000000000000"))


def delete_status(cycle: Cycle) -> None:
    delete_column(send(cycle), "status")


def swap_columns(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, marks):
        for row in range(marks.head - 1, max(marks.rows.values()) + 1):
            left, right = (sheet.cell(row, marks.columns[key]) for key in ("progress", "status"))
            left.value, right.value = right.value, left.value


def delete_row(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, marks):
        sheet.delete_rows(marks.rows["2"])


def sort_backwards(cycle: Cycle) -> None:
    """The visible columns sorted; the hidden marks stay where they were."""
    with edited(send(cycle)) as (sheet, marks):
        rows = sorted(marks.rows.values())
        values = [[sheet.cell(row, column).value for column in marks.ends()] for row in rows]
        for row, cells in zip(rows, reversed(values), strict=True):
            for column, value in zip(marks.ends(), cells, strict=True):
                sheet.cell(row, column).value = value


def double_row(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, marks):
        own = marks.rows["2"]
        sheet.insert_rows(own + 1)
        for column in (1, *marks.ends()):
            sheet.cell(own + 1, column).value = sheet.cell(own, column).value


def insert_row(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, marks):
        sheet.insert_rows(marks.rows["2"])


def add_goal(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, marks):
        row = max(marks.rows.values()) + 1
        for key, value in (("id", "99"), ("name", "Bridges"), ("progress", "A bridge was built as well.")):
            sheet.cell(row, marks.columns[key]).value = value


def add_column(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, marks):
        place = marks.columns["check"] + 1
        sheet.cell(marks.head, place).value = cycle.context.language.say("心情", "Mood")
        sheet.cell(marks.rows["1"], place).value = "good"


def renumber(cycle: Cycle) -> None:
    type_over(send(cycle), "1", "id", "2")


def rewrite_requirement(cycle: Cycle) -> None:
    type_over(send(cycle), "1", "requirement", cycle.context.language.say("建成 8 公里", "Open 8 km"))


def space_requirement(cycle: Cycle) -> None:
    words = str(cycle.context.plan.by_key["1"].cells["requirement"])
    type_over(send(cycle), "1", "requirement", f"  {words[:6]}  {words[6:]} ")


def send_blank(cycle: Cycle) -> None:
    write_form(inbox(cycle), cycle.context, cycle.settings, "A")


def put_error(cycle: Cycle) -> None:
    type_over(send(cycle), "1", "actual", "#REF!")


def put_formula(cycle: Cycle) -> None:
    """A formula with the value that Excel had calculated; openpyxl would leave the value out."""
    path = send(cycle)
    place = re.compile(rf'(<c r="{address(path, "1", "actual")}"[^>]*>)(<v>12</v>)')
    fill(cycle, "A", path)
    patch(path, "xl/worksheets/sheet1.xml", lambda text: place.sub(r"\1<f>6*2</f>\2", text))


def hide_row(cycle: Cycle) -> None:
    with edited(send(cycle)) as (sheet, marks):
        sheet.row_dimensions[marks.rows["2"]].hidden = True


def hide_blank_row(cycle: Cycle) -> None:
    insert_row(cycle)
    with edited(inbox(cycle)) as (sheet, marks):
        sheet.row_dimensions[marks.rows["2"] - 1].hidden = True


def add_extras(cycle: Cycle) -> None:
    say = cycle.context.language.say
    drawing = PICTURE + text_box(say("已完成一半", "Half of it is done"))
    attach(
        send(cycle),
        {"xl/comments9.xml": comments(say("请核对", "Please check")), "xl/drawings/drawing9.xml": anchored(drawing)},
        (("comments", "../comments9.xml"), ("drawing", "../drawings/drawing9.xml")),
    )


def link_formula(cycle: Cycle) -> None:
    put_formula(cycle)
    path = inbox(cycle)
    patch(path, "xl/worksheets/sheet1.xml", lambda text: text.replace("<f>6*2</f>", "<f>[1]Sheet1!A1</f>"))
    attach(path, link_parts("Figures%202018.xlsx"), (("externalLink", "externalLinks/externalLink1.xml"),), "workbook")


def send_late(cycle: Cycle) -> None:
    register(cycle, {send(cycle).name: "2018-07-09 09:12"})


def send_in_time(cycle: Cycle) -> None:
    register(cycle, {send(cycle).name: "2018-07-05 09:12"})


def send_nothing(cycle: Cycle) -> None:
    inbox(cycle).unlink(missing_ok=True)


def send_again(cycle: Cycle, changes: Changes | None = None, moment: str = "2018-07-04 10:00") -> Path:
    """One return, and after it another one."""
    set_time(send(cycle), "2018-07-03 10:00")
    return arrive(cycle, "A-again.xlsx", moment, changes)


def other_answer(cycle: Cycle) -> Changes:
    return {"2": {"progress": cycle.context.language.say("已改造 9 所学校。", "9 schools are refurbished.")}}


def send_twice(cycle: Cycle) -> None:
    send_again(cycle, other_answer(cycle))


def send_after_review(cycle: Cycle) -> None:
    send_twice(cycle)
    review(cycle, version="A.xlsx")


def repeat_after_review(cycle: Cycle) -> None:
    send_again(cycle, {"1": {"progress": "  " + str(good_answers(cycle, "A")["1"]["progress"])}})
    review(cycle, version="A.xlsx")


def amend_another_answer(cycle: Cycle) -> None:
    send(cycle)
    amend(cycle, "actual", 11, 15, "applied")


def amend_the_answer(cycle: Cycle) -> None:
    send(cycle)
    amend(cycle, "actual", 12, 15, "applied")


def send_at_one_time(cycle: Cycle) -> None:
    send_again(cycle, other_answer(cycle), "2018-07-03 10:00")


def send_parts(cycle: Cycle, common: Changes) -> None:
    """Goals 1 and 2 from one unit, 3 (and what is common) from another."""
    blank = blank_row(cycle)
    set_time(fill(cycle, "A", inbox(cycle, "A.xlsx"), {"3": blank}), "2018-07-03 10:00")
    set_time(fill(cycle, "A", inbox(cycle, "A-3.xlsx"), {"1": blank, "2": blank, **common}), "2018-07-04 10:00")


def send_differing_parts(cycle: Cycle) -> None:
    send_parts(cycle, other_answer(cycle))


def send_separate_parts(cycle: Cycle) -> None:
    send_parts(cycle, {})


def share_goal(cycle: Cycle, support: Row) -> None:
    """Goal 2 becomes B's as well; the lead reports it as completed, B as told."""
    language = cycle.context.language
    rows = [dict(row) for row in goals(language)]
    rows[1]["department"] = "A;B"
    write_plan(cycle.settings.plan, rows, departments(language), language)
    shared = Cycle.load(cycle.settings.folder, language)
    words = {meaning: choice for choice, meaning in shared.context.template.progress_of.items()}
    done: Row = {"status": words[Progress.COMPLETED], "completed_on": dt.date(2018, 6, 20)}
    fill(shared, "A", inbox(shared, "A.xlsx"), {"2": done})
    fill(shared, "B", inbox(shared, "B.xlsx"), {"2": {**done, **support}})


def send_contradicting_support(cycle: Cycle) -> None:
    say = cycle.context.language.say
    late: Row = {
        "status": say("滞后", "Behind"),
        "completed_on": None,
        "explanation": say("尚缺资金到位。", "No funds."),
    }
    share_goal(cycle, late)


def send_agreeing_support(cycle: Cycle) -> None:
    share_goal(cycle, {})


def have_assessed(cycle: Cycle) -> Cycle:
    """Goal 1 gets an assessor, which is no department of the plan; A reports 12."""
    language = cycle.context.language
    first, *others = goals(language)
    rows = [{**first, "assessor": language.say("样例统计队", "Sample Statistics Office")}, *others]
    write_plan(cycle.settings.plan, rows, departments(language), language)
    assessed = Cycle.load(cycle.settings.folder, language)
    send(assessed)
    return assessed


def assess(cycle: Cycle, name: str, answers: Changes, body: int = 0) -> Path:
    """The form of one of the plan's assessors in the inbox, with these answers by row and column."""
    assessing = cycle.context.assessing
    assert assessing is not None
    code, path = assessing.plan.departments[body].code, inbox(cycle, name)
    filled = {row: {key: value for key, value in cells.items() if value is not None} for row, cells in answers.items()}
    write_form(path, assessing, cycle.settings, code, filled)
    return path


def settle_another_figure(cycle: Cycle) -> None:
    assess(have_assessed(cycle), "statistics.xlsx", {"a/1": {"assessed_value": 11.5}})


def settle_the_same_figure(cycle: Cycle) -> None:
    assess(have_assessed(cycle), "statistics.xlsx", {"a/1": {"assessed_value": "12.0"}})


def change_plan(cycle: Cycle, changes: Sequence[PlanRow] = ()) -> None:
    """The requirement of goal 1 is another than in the cycle before; `changes` are the lines that say so."""
    language, folder = cycle.context.language, cycle.settings.folder
    before = variant(cycle, period="2018-01/2018-05").settings.folder
    with (folder / "cycle.toml").open("a", encoding="utf-8") as file:
        file.write(f'previous = "../{before.name}"\n')
    first, *others = goals(language)
    changed = [{**first, "requirement": language.say("建成通车 10 公里道路", "Open 10 km of road")}, *others]
    write_plan(folder / "plan.xlsx", changed, departments(language), language, changes)


def change_plan_by_document(cycle: Cycle) -> None:
    say = cycle.context.language.say
    line: PlanRow = {"goal": "1", "item": "requirement", "old": "12", "new": "10", "document": say("12号文", "No. 12")}
    change_plan(cycle, [line])


def settle_last_month(cycle: Cycle, changes: Changes | None = None) -> None:
    """Last month goal 1 was completed and passed; this month's form has it as it was, but for `changes`."""
    before = variant(cycle, period="2018-01/2018-05")
    fill(before, "A", inbox(before))
    review(before)
    settings = cycle.settings.folder / "cycle.toml"
    settings.write_text(f'{settings.read_text("utf-8")}previous = "../{before.settings.folder.name}"\n', "utf-8")
    settled = good_answers(before, "A")["1"]
    fill(cycle, "A", inbox(cycle), {"1": {**settled, **(changes or {}).get("1", {})}})


def change_what_was_settled(cycle: Cycle) -> None:
    words = cycle.context.language.say("道路已建成 9 公里，其余明年建。", "9 km of road are built, the rest next year.")
    settle_last_month(cycle, {"1": {"progress": words}})


TOTALS = """
[[columns]]
key = "month"
header = "{month}"
source = "department"
type = "number"

[[columns]]
key = "total"
header = "{total}"
source = "department"
type = "number"
cumulative = "month"
"""


def totals(language: Language) -> str:
    """Columns for a period's figure and for the running total, which adds it."""
    return TOTALS.format(month=language.say("本月", "This month"), total=language.say("累计", "Total"))


def send_after(cycle: Cycle, before: Changes, now: Changes) -> None:
    """A reports as told, and so it did in the cycle of the month before; the template has totals."""
    language, folder = cycle.context.language, cycle.settings.folder
    earlier = variant(cycle, period="2018-01/2018-05", design=totals(language))
    fill(earlier, "A", inbox(earlier), before)
    design, settings = folder / DESIGN, folder / "cycle.toml"
    design.write_text(design.read_text("utf-8") + totals(language), "utf-8")
    settings.write_text(f'{settings.read_text("utf-8")}previous = "../{earlier.settings.folder.name}"\n', "utf-8")
    fill(Cycle.load(folder, language), "A", inbox(cycle), now)


def send_same_words(cycle: Cycle) -> None:
    send_after(cycle, other_answer(cycle), other_answer(cycle))


def send_new_words(cycle: Cycle) -> None:
    send_after(cycle, {}, other_answer(cycle))


def done(cycle: Cycle) -> Changes:
    words = {meaning: choice for choice, meaning in cycle.context.template.progress_of.items()}
    return {"2": {"status": words[Progress.COMPLETED], "completed_on": dt.date(2018, 5, 20)}}


def send_undone(cycle: Cycle) -> None:
    send_after(cycle, done(cycle), {})


def send_done(cycle: Cycle) -> None:
    send_after(cycle, {}, done(cycle))


def send_total(cycle: Cycle, total: float, month: float | None = None) -> None:
    send_after(cycle, {"2": {"total": 120}}, {"2": {"total": total, "month": month}})


def send_less(cycle: Cycle) -> None:
    send_total(cycle, 110)


def send_wrong_sum(cycle: Cycle) -> None:
    send_total(cycle, 140, 12)


def send_right_sum(cycle: Cycle) -> None:
    send_total(cycle, 132, 12)


def send_jump(cycle: Cycle) -> None:
    send_after(cycle, {"2": {"actual": 12}}, {"2": {"actual": 120000}})


def send_growth(cycle: Cycle) -> None:
    send_after(cycle, {"2": {"actual": 12}}, {"2": {"actual": 15}})


def send_common_words(cycle: Cycle) -> None:
    send(cycle)
    fill(cycle, "B", inbox(cycle, "B.xlsx"), {"4": {"progress": good_answers(cycle, "A")["2"]["progress"]}})


def send_old_words_of_another(cycle: Cycle) -> None:
    """B of the earlier cycle has reported well there."""
    may = parse_period("2018-01/2018-05")
    assert may is not None
    then = Cycle(cycle.settings, replace(cycle.context, period=may))
    send_after(cycle, {}, {"2": {"progress": good_answers(then, "B")["4"]["progress"]}})


def support_goal(cycle: Cycle, typed: Scalar | None) -> None:
    """A becomes the supporter of B's goal 4, in which the column code is closed for it; it types what is told."""
    language, design = cycle.context.language, cycle.settings.folder / DESIGN
    text = design.read_text("utf-8")
    design.write_text(text.replace('key = "code"', 'key = "code"\nclosed_for = "support"'), "utf-8")
    rows = [dict(row) for row in goals(language)]
    rows[3]["department"] = "B;A"
    write_plan(cycle.settings.plan, rows, departments(language), language)
    shared = Cycle.load(cycle.settings.folder, language)
    path = fill(shared, "A", inbox(shared))
    if typed is not None:
        type_over(path, "4", "code", typed)


def type_into_closed_column(cycle: Cycle) -> None:
    support_goal(cycle, cycle.context.language.say("甲字 5 号", "A-5/2018"))


def leave_closed_column(cycle: Cycle) -> None:
    support_goal(cycle, None)


def send_portion(cycle: Cycle) -> None:
    """A form of some of A's goals comes back."""
    answers = {goal: row for goal, row in good_answers(cycle, "A").items() if goal in ("1", "2")}
    filled = {goal: {key: value for key, value in row.items() if value is not None} for goal, row in answers.items()}
    write_form(inbox(cycle), cycle.context, cycle.settings, "A", filled, signed=signed(cycle), only=("1", "2"))


def remeasure(cycle: Cycle, **changes: Mapping[str, Scalar]) -> None:
    """Write the plan anew, with targets."""
    language = cycle.context.language
    rows = measured_goals(language, **changes)
    write_plan(cycle.settings.plan, rows, departments(language), language)


TARGETS_OF_2: tuple[tuple[str, tuple[str, str], object, tuple[str, str], tuple[str, str]], ...] = (
    ("2#1", ("改造学校", "Schools refurbished"), ">=15", ("所", "schools"), ("流量", "flow")),
    ("2#2", ("投资", "Money spent"), 3, ("亿元", "million pounds"), ("流量", "flow")),
    ("2#3", ("方案印发", "Plan issued"), "", ("", ""), ("交付", "deliverable")),
    ("4", ("达标率", "Water up to standard"), 10, ("%", "%"), ("比率", "ratio")),
)
"""Goal 2 has three targets, and goal 4 one, which its own row has room for."""


def list_targets(cycle: Cycle, least: str = ">=15") -> Cycle:
    """The plan with a sheet of targets, and the cycle as it is loaded then; `least`: what the first demands."""
    say = cycle.context.language.say
    book = load_workbook(cycle.settings.plan)
    name = say("指标", "targets")
    if name in book.sheetnames:
        del book[name]
    sheet = book.create_sheet(name)
    sheet.append(
        [say("编号", "id"), say("指标", "name"), say("目标值", "target"), say("单位", "unit"), say("口径", "basis")]
    )
    for number, words, value, unit, basis in TARGETS_OF_2:
        sheet.append([number, say(*words), least if number == "2#1" else value, say(*unit), say(*basis)])
    book.save(cycle.settings.plan)
    book.close()
    return Cycle.load(cycle.settings.folder, cycle.context.language)


def target_answers(cycle: Cycle) -> Row:
    """Good answers to the targets of goal 2, as cells of its row."""
    words = {meaning: choice for choice, meaning in cycle.context.template.progress_of.items()}
    return {
        "1.total": 9.0,
        "1.last_year": 7.0,
        "1.as_of": dt.date(2018, 6, 1),
        "2.current": 0.5,
        "2.total": 1.75,
        "3.state": words[Progress.ON_TRACK],
    }


def second_sheet(cycle: Cycle) -> str:
    return SHEET_NAMES[cycle.context.language]


def send_without_targets(cycle: Cycle) -> None:
    measured = list_targets(cycle)
    book = load_workbook(fill(measured, "A", inbox(measured), {"2": target_answers(measured)}))
    del book[second_sheet(measured)]
    book.save(inbox(measured))


def send_with_renamed_targets(cycle: Cycle) -> None:
    measured = list_targets(cycle)
    book = load_workbook(fill(measured, "A", inbox(measured), {"2": target_answers(measured)}))
    book[second_sheet(measured)].title = "Sheet2"
    book.save(inbox(measured))


def against_targets(goal: str, **answers: Scalar | tuple[str, str] | None) -> Operation:
    """The good form of a plan with targets, with these answers to a goal; a pair is text in Chinese and in English."""

    def send(cycle: Cycle) -> None:
        say = cycle.context.language.say
        remeasure(cycle)
        measured = Cycle.load(cycle.settings.folder, cycle.context.language)
        words = {key: say(*one) if isinstance(one, tuple) else one for key, one in answers.items()}
        both = say(
            "已改造学校8所，公共图书馆5月开放。", "8 schools were refurbished, the public library opened in May."
        )
        changes: dict[str, Row] = {"2": {"progress": both, "actual": 8}}
        fill(measured, "A", inbox(measured), {**changes, goal: {**changes.get(goal, {}), **words}})
        fill(measured, "B", inbox(measured, "B.xlsx"))

    return send


def double_goal(cycle: Cycle) -> None:
    """Goal 3 with the name and the requirement of goal 2."""
    row = measured_goals(cycle.context.language)[1]
    remeasure(cycle, goal3={"name": row["name"], "requirement": row["requirement"]})


def weigh(cycle: Cycle, last: int) -> None:
    """Weights for the goals of both departments: 30, 30 and `last` for those of A."""
    remeasure(cycle, goal1={"weight": 30}, goal2={"weight": 30}, goal3={"weight": last}, goal4={"weight": 100})


_SENTENCES: tuple[tuple[str, str, Operation], ...] = (
    ("the form, filled in", "正常填好的表", send),
    ("the file is cut off half-way", "文件只传了一半", cut_off),
    ("the file is a text file named .xlsx", "文本文件改名为 .xlsx", send_text),
    ("the workbook opens only with a password", "工作簿设了打开密码", lock),
    ("a cell stands outside the grid", "有单元格超出表格范围", leave_grid),
    ("the workbook carries macros", "工作簿带有宏", add_macros),
    ("a zip holds a file named ../A.xlsx", "压缩包里有一个文件叫 ../A.xlsx", send_climbing_bundle),
    ("the form came in a zip", "表是放在 zip 压缩包里报来的", send_bundle),
    ("the form of A came in a file named after B", "甲局的表放在以乙局命名的文件里", send_named_after_b),
    ("the form of A came in a file named after A", "甲局的表放在以甲局命名的文件里", send_named_after_a),
    ("the progress of goals 1 and 2 was merged into one cell", "目标 1 和 2 的进展情况被合并成一格", merge_progress),
    ("the categories of goals 1 and 2 were merged into one cell", "目标 1 和 2 的类别被合并成一格", merge_categories),
    ("a remark was typed beside the row of goal 1", "目标 1 那一行的旁边写了备注", type_beside),
    ("the workbook holds a copy of the form", "工作簿里另有一份同样的表", copy_sheet),
    (
        "the workbook holds a copy of the form with another answer",
        "工作簿里另有一份表，答案不一样",
        copy_sheet_and_change,
    ),
    ("nobody says who checked the form", "表下没有写审核人", send_unsigned),
    ("another workbook", "别的工作簿", send_another),
    ("last month's form", "上个月的表", send_last_month),
    ("the form of a department that is not in the plan", "部门表里没有的单位的表", send_stranger),
    ("a form made from an older version of the template", "用旧版模板生成的表", send_old_template),
    ("a form made before the plan changed", "目标调整之前生成的表", send_old_plan),
    ("the hidden identity was deleted", "隐藏的表单标识被删掉", delete_identity),
    ("the identity was altered by hand", "表单标识被人改过", alter_identity),
    ("the column status was deleted", "删掉了“完成状态”一列", delete_status),
    ("the columns progress and status changed places", "“进展情况”和“完成状态”两列互换位置", swap_columns),
    ("the row of goal 2 was deleted", "删掉了目标 2 的行", delete_row),
    ("the rows were sorted backwards", "各行倒过来排序", sort_backwards),
    ("the row of goal 2 stands there twice", "目标 2 的行出现两次", double_row),
    ("a blank row was inserted", "插入了一个空行", insert_row),
    ("a row for a goal 99 was added", "加了一行编号 99 的目标", add_goal),
    ("a column Mood was added", "加了一列“心情”", add_column),
    ("the number of goal 1 was changed to 2", "目标 1 的编号被改成 2", renumber),
    ("the requirement of goal 1 was changed", "目标 1 的考核内容被改动", rewrite_requirement),
    ("spaces were added to the requirement of goal 1", "目标 1 的考核内容里多了空格", space_requirement),
    ("nothing was filled in", "一格都没填", send_blank),
    ("the actual of goal 1 is an error value", "目标 1 的实际值是错误值", put_error),
    ("the actual of goal 1 is a formula", "目标 1 的实际值是公式", put_formula),
    ("the row of goal 2 was hidden", "目标 2 的行被隐藏", hide_row),
    ("a blank row was hidden", "隐藏了一个空行", hide_blank_row),
    ("a comment, a picture and a text box were added", "加了一条批注、一张图片和一个文本框", add_extras),
    ("the actual of goal 1 comes from another workbook", "目标 1 的实际值取自别的工作簿", link_formula),
    ("the register says it came in on 2018-07-09 at 09:12", "登记簿写明 2018-07-09 09:12 收到", send_late),
    ("the register says it came in on 2018-07-05 at 09:12", "登记簿写明 2018-07-05 09:12 收到", send_in_time),
    ("no file came", "没有收到文件", send_nothing),
    ("two files came", "收到两份文件", send_twice),
    ("the form that came holds only goals 1 and 2", "报来的表里只有目标 1 和 2", send_portion),
    (
        "the return was passed, then one with another answer came",
        "报送件审核通过以后，又来了一份内容不同的",
        send_after_review,
    ),
    (
        "the return was passed, then the same answers came again",
        "报送件审核通过以后，又来了一份内容相同的",
        repeat_after_review,
    ),
    (
        "the register amends another answer than the one that came",
        "登记簿更正的不是报来的那个内容",
        amend_another_answer,
    ),
    ("the register amends the answer that came", "登记簿更正的就是报来的那个内容", amend_the_answer),
    ("two differing returns bear the same time", "两份内容不同的报送件时间相同", send_at_one_time),
    ("two differing returns came one after the other", "两份内容不同的报送件有先有后", send_twice),
    (
        "two parts of a return came, which answer a common goal differently",
        "收到分两部分报的表，共有的目标填得不一样",
        send_differing_parts,
    ),
    (
        "two parts of a return came, which answer different goals",
        "收到分两部分报的表，各填各的目标",
        send_separate_parts,
    ),
    (
        "the lead reports completion, its supporter is behind",
        "牵头单位报已完成，配合单位报滞后",
        send_contradicting_support,
    ),
    (
        "a supporter typed into a column that only the lead fills in",
        "配合单位在只由牵头单位填写的列里写了内容",
        type_into_closed_column,
    ),
    ("a supporter filled in only what is open to supporters", "配合单位只填了由它填写的列", leave_closed_column),
    (
        "the lead and its supporter both report completion",
        "牵头单位和配合单位都报已完成",
        send_agreeing_support,
    ),
    (
        "the plan's target of goal 2 is “clearly better”",
        "目标 2 的目标值写的是“明显好转”",
        lambda cycle: remeasure(cycle, goal2={"target": cycle.context.language.say("明显好转", "clearly better")}),
    ),
    ("the sheet of targets was deleted", "删掉了指标数据那一页", send_without_targets),
    ("the sheet of targets was renamed", "指标数据那一页改了名", send_with_renamed_targets),
    ("the plan's targets can be measured", "各目标的目标值都能衡量", lambda cycle: remeasure(cycle)),
    (
        "the plan's target of goal 2 has no unit",
        "目标 2 的目标值没有单位",
        lambda cycle: remeasure(cycle, goal2={"unit": ""}),
    ),
    (
        "the plan's target of goal 2 has no basis",
        "目标 2 的目标值没有口径",
        lambda cycle: remeasure(cycle, goal2={"basis": ""}),
    ),
    (
        "the plan's goal 2 has no deadline",
        "目标 2 没有完成时限",
        lambda cycle: remeasure(cycle, goal2={"due_month": ""}),
    ),
    ("the plan's goal 3 says the same as its goal 2", "目标 3 与目标 2 说的一样", double_goal),
    ("the weights of the plan's goals add up to 90", "各目标的权重合计 90", lambda cycle: weigh(cycle, 30)),
    ("the weights of the plan's goals add up to 100", "各目标的权重合计 100", lambda cycle: weigh(cycle, 40)),
    (
        "the plan's requirement changed since the last period without a line that says so",
        "上期以来目标的考核内容改了，没有登记",
        change_plan,
    ),
    (
        "the plan's requirement changed since the last period with a line that says so",
        "上期以来目标的考核内容改了，登记了一行",
        change_plan_by_document,
    ),
    (
        "a goal that was completed and passed last month came back with other words",
        "上月已完成并审核通过的目标，报来的内容不一样",
        change_what_was_settled,
    ),
    (
        "a goal that was completed and passed last month came back as it was",
        "上月已完成并审核通过的目标，原样报来",
        settle_last_month,
    ),
    (
        "the progress of goal 2 is word for word that of the period before",
        "目标 2 的进展情况与上期一字不差",
        send_same_words,
    ),
    (
        "the progress of goal 2 goes on from that of the period before",
        "目标 2 的进展情况接着上期往下写",
        send_new_words,
    ),
    (
        "goal 2 was completed in the period before and is on track now",
        "目标 2 上期报已完成，现在报正常推进",
        send_undone,
    ),
    ("goal 2 was on track in the period before and is completed now", "目标 2 上期报正常推进，现在报已完成", send_done),
    ("the total fell from 120 to 110", "累计数从 120 降到 110", send_less),
    ("the total rose from 120 to 140 by this period's 12", "累计数从 120 加本期 12 到 140", send_wrong_sum),
    ("the total rose from 120 to 132 by this period's 12", "累计数从 120 加本期 12 到 132", send_right_sum),
    ("the actual of goal 2 went from 12 to 120000", "目标 2 的实际值从 12 变成 120000", send_jump),
    ("the actual of goal 2 went from 12 to 15", "目标 2 的实际值从 12 变成 15", send_growth),
    ("B reports goal 4 in the words of A's goal 2", "乙局目标 4 的进展情况与甲局目标 2 的一样", send_common_words),
    (
        "A reports goal 2 in the words that B had for goal 4 in the period before",
        "甲局目标 2 的进展情况是乙局上期目标 4 的原话",
        send_old_words_of_another,
    ),
    ("the assessor settled another figure for goal 1", "评分单位给目标 1 核定的是另一个数", settle_another_figure),
    ("the assessor settled the same figure for goal 1", "评分单位给目标 1 核定的是同一个数", settle_the_same_figure),
    ("the assessor sent nothing", "评分单位什么也没有报", have_assessed),
)
OPERATIONS: Mapping[str, Operation] = {
    sentence: operation for english, chinese, operation in _SENTENCES for sentence in (english, chinese)
}


# --- the examples of a page -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """What a page shows under Bad or Good: changes to good answers, or sentences."""

    changes: Changes
    sentences: tuple[str, ...] = ()

    def act(self, cycle: Cycle) -> None:
        """Make it true of department A."""
        for sentence in self.sentences:
            OPERATIONS[sentence](cycle)
        if not self.sentences:
            fill(cycle, "A", inbox(cycle), self.changes)


_SIDES = {"Bad:": "bad", "反例：": "bad", "Good:": "good", "正例：": "good"}


def read_examples(page: str) -> dict[str, Example]:
    """The examples of a rule's page by side, `bad` and `good`."""
    lines: dict[str, list[str]] = {}
    side = None
    for line in page.splitlines():
        if line in _SIDES:
            side = _SIDES[line]
            lines[side] = []
        elif side is not None and line.strip():
            lines[side].append(line.strip())
    return {name: _example(found) for name, found in lines.items()}


def _example(lines: Sequence[str]) -> Example:
    if all(line.startswith("- ") for line in lines):
        return Example({}, tuple(line.removeprefix("- ") for line in lines))
    header, *rows = (_cells(line) for line in lines)
    assert header[0] == "goal", header
    return Example({row[0]: dict(zip(header[1:], map(_typed, row[1:]), strict=True)) for row in rows})


def _cells(line: str) -> list[str]:
    assert line.startswith("|"), line
    assert line.endswith("|"), line
    return [cell.strip() for cell in line[1:-1].split("|")]


def _typed(text: str) -> Scalar | None:
    """What a person types: a date that exists becomes one, a plain number a number, all else stays text."""
    if not text:
        return None
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text
