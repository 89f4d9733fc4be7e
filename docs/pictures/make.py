"""Makes the pictures of the documents: the demo's and the sample year's workbooks, as LibreOffice shows them.

Run in the repository's root: python docs/pictures/make.py  (needs LibreOffice, poppler and Pillow).
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))

import returns_kit as kit  # noqa: E402
from office import Office, to_pictures  # noqa: E402
from scores_kit import make_notice_cycle  # noqa: E402
from story import play  # noqa: E402
from test_a_month import Desk, edit_and_sort, send_another, type_into  # noqa: E402
from test_notice_targets import make_round  # noqa: E402
from test_year import DEEDS, MONTHS, QUARTER_DEEDS, QUARTERS  # noqa: E402

from kpi_xlsx.cycle import Cycle  # noqa: E402
from kpi_xlsx.demo import run_demo  # noqa: E402
from kpi_xlsx.model import Language  # noqa: E402
from kpi_xlsx.starter import write_plan  # noqa: E402


def cut(source: Path, share: float) -> Image.Image:
    """The upper part of a page without its margins."""
    page = Image.open(source).convert("RGB")
    page = page.crop((0, 0, page.width, int(page.height * share)))
    box = ImageChops.difference(page, Image.new("RGB", page.size, "white")).getbbox() or (0, 0, *page.size)
    left, top, right, bottom = box
    low = page.height if bottom == page.height else bottom + 12
    return page.crop((max(0, left - 12), max(0, top - 12), min(page.width, right + 12), low))


def save(picture: Image.Image, name: str) -> None:
    picture.quantize(64, method=Image.Quantize.MAXCOVERAGE).save(HERE / name, optimize=True)


def page_with(words: str, pages: Sequence[Path], *, anywhere: bool = False) -> Path:
    """The page that begins with these words, or has them `anywhere` in its first line."""
    pdf = next(pages[0].parent.glob("*.pdf"))
    for number, page in enumerate(pages, 1):
        command = ["pdftotext", "-f", str(number), "-l", str(number), str(pdf), "-"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if text.startswith(words) or (anywhere and words in text.partition("\n")[0]):
            return page
    raise ValueError(words)


def make(language: Language, folder: Path) -> None:
    """A form, a master, a feedback copy, the register and the reading list in one language."""
    run_demo(folder / "demo", language)
    copy = next((folder / "demo" / "feedback").glob("104-*.xlsx"))
    save(cut(to_pictures(copy, folder / "copy", dpi=110)[0], 0.45), f"feedback-{language}.png")
    form = next((folder / "demo" / "outbox").glob("017-*.xlsx"))
    save(cut(to_pictures(form, folder / "form", dpi=95)[0], 0.62), f"form-{language}.png")
    pages = to_pictures(folder / "demo" / "master.xlsx", folder / "master", dpi=110)
    save(cut(pages[0], 0.62), f"master-{language}.png")

    desk = Desk(language, folder / "demo")
    review(desk)
    pages = to_pictures(desk.cycle.settings.master, folder / "later", dpi=110)
    save(cut(page_with(language.say("待审清单", "To review"), pages), 0.97), f"reading-list-{language}.png")
    sheets = []
    for words, dpi in ((language.say("审核", "Reviews"), 84), (language.say("更正", "Amendments"), 120)):
        pages = to_pictures(desk.cycle.settings.register, folder / "register", dpi=dpi)
        sheets.append(cut(page_with(words, pages), 0.9))
    stack = Image.new("RGB", (max(one.width for one in sheets), sum(one.height for one in sheets)), "white")
    for place, one in enumerate(sheets):
        stack.paste(one, (0, sum(above.height for above in sheets[:place])))
    save(stack, f"register-{language}.png")


def make_year(language: Language, folder: Path) -> None:
    """A form of September, what changed since the last answers, and the table of the year."""
    year = Desk(language, folder)
    play(MONTHS[language], DEEDS, year)
    form = next((folder / "2018-09" / "outbox").glob("107-*.xlsx"))
    save(cut(to_pictures(form, folder / "form", dpi=110)[0], 0.45), f"last-answers-{language}.png")
    table = folder / "2018-12" / "year-2018.xlsx"
    save(cut(to_pictures(table, folder / "table", dpi=100)[0], 0.6), f"year-{language}.png")
    month = folder / "2018-11"
    if language is Language.EN:
        quarters = Desk(language, folder / "quarters")
        quarters.folder.mkdir()
        play(QUARTERS[language], QUARTER_DEEDS, quarters)
        month = folder / "quarters" / "2018-12"
    pages = to_pictures(month / "master.xlsx", folder / "changes", dpi=100)
    save(cut(page_with(language.say("变化情况", "Changes"), pages), 0.6), f"changes-{language}.png")


def make_pace(language: Language, folder: Path) -> None:
    """The targets of a form's second sheet, and what the master says of them: the notice's, or samples in English."""
    if language is Language.ZH:
        cycle, _ = make_round(folder / "cycle")
    else:
        cycle = kit.make_cycle(folder / "cycle", language)
        rows = [
            {"id": "1#1", "name": "Roads opened", "target": 12, "unit": "km", "basis": "flow"},
            {"id": "2#1", "name": "Schools refurbished", "target": 15, "unit": "schools", "basis": "flow"},
            {"id": "2#2", "name": "Pupils in them", "target": ">=6000", "unit": "pupils", "basis": "stock"},
            {"id": "2#3", "name": "Library opened", "basis": "deliverable"},
            {"id": "3#1", "name": "Growth of the green area", "target": 3, "unit": "%", "basis": "growth"},
            {"id": "3#2", "name": "Trees felled", "target": "↓", "unit": "trees", "basis": "flow"},
        ]
        write_plan(cycle.settings.plan, kit.goals(language), kit.departments(language), language, targets=rows)
        cycle = Cycle.load(cycle.settings.folder, language)
        told: kit.Changes = {
            "2": {"actual": None, "2.total": 6400, "3.state": "On track", "1.total": 6},
            "3": {"actual": None, "1.total": 2.4, "2.total": 84},
        }
        kit.fill(cycle, "A", kit.inbox(cycle), told)
        cycle.merge()
    form = next(cycle.settings.inbox.glob("017*" if language is Language.ZH else "A*"))
    pages = to_pictures(form, folder / "form", dpi=100)
    save(cut(page_with(language.say("指标数据", "(targets)"), pages, anywhere=True), 0.62), f"targets-{language}.png")
    pages = to_pictures(cycle.settings.master, folder / "master", dpi=100)
    save(cut(page_with(language.say("指标", "Targets"), pages), 0.97), f"pace-{language}.png")


def make_scores(language: Language, folder: Path) -> None:
    """The calculation of the notice's own rule, for a sample department with a quarter of its task."""
    cycle = make_notice_cycle(folder / "cycle", language)
    cycle.merge()
    pages = to_pictures(cycle.settings.master, folder / "scores", dpi=100)
    save(cut(page_with(language.say("评分过程", "Scoring"), pages), 0.95), f"scores-{language}.png")


def review(desk: Desk) -> None:
    """What a reviewer, two departments and the director do in the days after."""
    say, cycle = desk.language.say, desk.cycle
    verdicts = {"017": say("退回", "sent back"), "104": say("退回", "sent back")}
    remarks = {"017": say("不良贷款、保费两项请补报。", "Two goals are still to be reported."), "104": ""}
    rows = [
        {
            f"A{number}": cycle.context.plan.by_code[code].name,
            f"C{number}": verdicts.get(code, say("通过", "passed")),
            f"D{number}": say("王样例", "Wang (sample)"),
            f"E{number}": "2018-07-09",
            f"F{number}": remarks.get(code, ""),
        }
        for number, code in enumerate(("017", "101", "103", "104", "105"), 4)
    ]
    typed = cycle.settings.register.with_name("typed.xlsx")
    with contextlib.closing(Office()) as office, office.open(cycle.settings.register) as book:
        for cells in rows:
            book.do("type_many", say("审核", "Reviews"), cells)
        book.do("save_as", str(typed))
    typed.replace(cycle.settings.register)
    cycle.merge()
    send_another(desk)
    later = {
        "017": {
            ("jr-04", "progress"): say("6月末不良贷款率1.2%，比年初低0.1个百分点。", "The ratio fell to 1.2% by June."),
            ("jr-05", "progress"): answer(desk, "JR-05")
            .replace("前5个月", "1-6月")
            .replace("first 5", "first 6")
            .replace("12.49", "10.86"),
            ("jr-05", "actual"): -10.86,
        },
        "104": {("rs-02", "actual"): 12_000, ("rs-04", "status"): say("正常推进", "On track")},
    }
    for code, changes in later.items():
        source = next(one.file for one in cycle.validate().returns if one.department == code)
        target = cycle.settings.inbox / f"{code}-2.xlsx"
        type_into(cycle.settings.folder / source, changes, target)
        kit.set_time(target, "2018-07-10 10:00")
    cycle.merge()
    edit_and_sort(desk)
    cycle.merge()


def answer(desk: Desk, goal: str) -> str:
    entry = next(row.entry for row in desk.cycle.validate().entries if row.id == goal)
    assert entry is not None
    return entry.text("progress")


if __name__ == "__main__":
    for one in Language:
        with tempfile.TemporaryDirectory() as temporary:
            make(one, Path(temporary))
        with tempfile.TemporaryDirectory() as temporary:
            make_year(one, Path(temporary))
        with tempfile.TemporaryDirectory() as temporary:
            make_scores(one, Path(temporary))
        with tempfile.TemporaryDirectory() as temporary:
            make_pace(one, Path(temporary))
