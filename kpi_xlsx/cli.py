"""The command line; the only place that prints and exits.

Libraries that take long to import are loaded by the commands that need them, so that --help is quick.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from kpi_xlsx import __version__
from kpi_xlsx.console import (
    INTERRUPTED,
    SYSTEM,
    departments_option,
    directory_option,
    fail,
    finish,
    finish_plan,
    format_option,
    load_cycle,
    mistakes_told,
    password_file_option,
    pool,
    prepare_streams,
    progress,
    put_lines,
    put_report,
    quoted,
    say,
    verbose_option,
)
from kpi_xlsx.ending import close
from kpi_xlsx.extracts import export
from kpi_xlsx.importing import import_plan
from kpi_xlsx.inquiry import trace
from kpi_xlsx.model import Language, PlanError, Role
from kpi_xlsx.overview import show_overview, status
from kpi_xlsx.renewal import next_cycle
from kpi_xlsx.usage import Group, refuse

ROLE_NAMES = {"lead": Role.LEAD, "support": Role.SUPPORT, "牵头": Role.LEAD, "配合": Role.SUPPORT}


@click.group(
    cls=Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=say(
        "发出每个单位的填报表，收回一张可靠的汇总表。\n\n"
        "\b\n一轮下来：init 新建报送期，generate 生成填报表，收到的放进 inbox/，\n"
        "validate 检查，feedback 退回修改，merge 汇总，status 看谁还没报，\n"
        "trace 查一个数从哪来、为什么。\n"
        "在报送期文件夹里只运行 kpi-xlsx，会说进行到哪一步、接下来做什么。\n\n"
        "不知道某条意见是什么意思：kpi-xlsx explain 代码。",
        "Every department's workbook out, one trustworthy master back.\n\n"
        "A round: init makes a cycle, generate writes the forms, what comes back goes into inbox/, validate checks it, "
        "feedback writes copies to send back, merge writes the master, status says who is still to report, "
        "trace where a figure is from and why. "
        "kpi-xlsx alone, in a cycle's folder, says where the round stands and what comes next.\n\n"
        "What a finding means: kpi-xlsx explain CODE.",
    ),
)
@click.version_option(__version__, prog_name="kpi-xlsx", help=say("显示版本。", "Show the version and exit."))
@click.pass_context
def cli(ctx: click.Context) -> None:
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    if ctx.invoked_subcommand is None:
        show_overview(ctx)


# --- commands ---------------------------------------------------------------------------------------------------------


@cli.command(help=say("用自带的例子走完整一轮，看看它能做什么。", "Take the shipped example through a whole round."))
@click.argument("folder", type=click.Path(path_type=Path), default=Path("kpi-demo"), metavar="[DIR]")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default=str(SYSTEM), help=say("例子的语言。", "The example's language.")
)
def demo(folder: Path, lang: str) -> None:
    from kpi_xlsx.demo import run_demo

    language = Language(lang)
    done = run_demo(folder, language)
    tell = language.say
    shown = done.folder.as_posix()
    report = done.report
    missing = sum(one.code == "X101" for one in report.findings)
    click.echo(
        tell(
            f"1. 生成了 {done.forms} 份填报表：{shown}/outbox/", f"1. {done.forms} forms were written: {shown}/outbox/"
        )
    )
    click.echo(
        tell(
            f"2. 收回 {done.returns} 份，{missing} 个单位没有报：{shown}/inbox/（迟报见 register.xlsx）",
            f"2. {done.returns} came back, {missing} did not: {shown}/inbox/ (a late one: see register.xlsx)",
        )
    )
    click.echo(tell("3. 检查结果：", "3. What was found:"))
    put_report(report, infos=False, indent="   ")
    click.echo(tell("4. 打开看看：", "4. Open these:"))
    for path, zh, en in (
        (f"{shown}/master.xlsx", "汇总表", "the master"),
        (
            f"{shown}/register.xlsx",
            "登记簿，各人的决定写在这里",
            "the register, where people write down what they decide",
        ),
        (f"{shown}/{done.findings.name}", "审核意见", "the findings"),
        (f"{shown}/outbox/", "发给各单位的填报表", "the forms as departments get them"),
        (
            f"{shown}/feedback/",
            f"退给单位修改的 {done.copies} 份表",
            f"{done.copies} copies to send back, with the faults marked",
        ),
    ):
        click.echo(f"   {path}  {tell(zh, en)}")
    command = f"kpi-xlsx status -C {quoted(shown)}"
    click.echo(
        tell(f"5. 各单位报到哪一步、该催谁：{command}", f"5. Where each department stands, whom to chase: {command}")
    )


@cli.command(
    short_help=say("新建报送期文件夹。", "Make a cycle's folder."),
    help=say(
        "新建一个报送期文件夹：cycle.toml、plan.xlsx、inbox/、outbox/。",
        "Make a cycle's folder: cycle.toml, plan.xlsx, inbox/, outbox/.",
    ),
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--example",
    metavar="NAME",
    help=say(
        "从自带的例子开始：notice-zh（半年一期）、year-zh（十二个月），英文的有 notice-en、year-en、quarterly-en。",
        "Begin with a shipped example: notice-en (one round), year-en (twelve months), quarterly-en (four quarters); "
        "in Chinese notice-zh, year-zh.",
    ),
)
@click.option(
    "--template",
    metavar="NAME",
    help=say("模板的名字，或自己的 .toml、.xlsx 文件。", "A template's name, or a .toml or .xlsx file of your own."),
)
def init(folder: Path, example: str | None, template: str | None) -> None:
    from kpi_xlsx.starter import start_cycle

    start_cycle(folder, SYSTEM, example, template)
    click.echo(say(f"新建了 {folder.as_posix()}/", f"Made {folder.as_posix()}/"))
    following = f"kpi-xlsx generate -C {quoted(folder.as_posix())}"
    if example is None:
        click.echo(
            say(
                f"下一步：填好 plan.xlsx（考核目标和部门两个表），看一遍 cycle.toml，再运行 {following}",
                f"Next: fill in plan.xlsx (goals and departments), look through cycle.toml, then run {following}",
            )
        )
    else:
        click.echo(say(f"下一步：{following}", f"Next: {following}"))


@cli.command(help=say("生成各单位的填报表，放进 outbox/。", "Write the departments' forms into outbox/."))
@directory_option
@departments_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=say("放到别的文件夹。", "Write them elsewhere."),
)
@click.option(
    "--supplement",
    is_flag=True,
    help=say(
        "目标调整以后：只发有调整的目标（补充表）。",
        "After the plan changed: forms with only the goals that changed.",
    ),
)
@click.option(
    "--role",
    type=click.Choice([*ROLE_NAMES], case_sensitive=False),
    metavar="lead|support",
    help=say(
        "只发牵头（lead，附配合单位已报的进展）或配合（support）的目标。",
        "Only the goals that a department leads (beside what its supporters reported), or supports.",
    ),
)
@click.option(
    "--assessors",
    is_flag=True,
    help=say(
        "生成评分单位的评分表，放进 outbox/assessors/。",
        "The forms of the plan's assessors, into outbox/assessors/.",
    ),
)
def generate(
    directory: Path,
    departments: tuple[str, ...],
    out: Path | None,
    supplement: bool,
    role: str | None,
    assessors: bool,
) -> None:
    chosen = [name for name, on in (("--supplement", supplement), ("--role", role), ("--assessors", assessors)) if on]
    if len(chosen) > 1:
        first, second, *_ = chosen
        raise click.UsageError(say(f"{first} 和 {second} 不能一起用", f"{first} and {second} do not go together"))
    cycle = load_cycle(directory)
    tell = cycle.context.language.say
    from kpi_xlsx.outbox import find_departments
    from kpi_xlsx.screen import show_assessor_forms, show_outbox, show_quiet

    if assessors:
        forms = cycle.fill_assessors(departments, out)
        put_lines(forms.remarks, err=True)
        put_lines(show_assessor_forms(forms, cycle.context.language))
        return
    total = len(find_departments(cycle.context, departments))
    with progress(total, tell("生成填报表", "Writing forms")) as advance:
        outbox = cycle.fill_outbox(
            departments, out, advance, supplement=supplement, role=ROLE_NAMES[role] if role else None
        )
    put_lines(outbox.remarks, err=True)
    put_lines(show_outbox(outbox, out or cycle.settings.outbox, cycle.context.language, supplement=supplement))
    put_lines(show_quiet(outbox, cycle.context.language))
    finish_plan(outbox.findings, cycle.context)


@cli.command(
    help=say(
        "检查收到的文件，不写任何东西。给出文件时只检查这些文件。",
        "Check what came in; writes nothing. With files named, only these.",
    )
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@directory_option
@format_option
@click.option(
    "--select",
    default="",
    metavar="CODES",
    help=say("只看这些代码，如 R,V101。", "Only codes beginning with these, such as R,V101."),
)
@click.option(
    "--ignore", default="", metavar="CODES", help=say("不看这些代码。", "Leave out codes beginning with these.")
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.xlsx",
    help=say("把审核意见另存成一个工作簿。", "Also write the findings as a workbook."),
)
@password_file_option
@verbose_option
def validate(
    paths: tuple[Path, ...],
    directory: Path,
    format_: str,
    select: str,
    ignore: str,
    out: Path | None,
    password_file: Path | None,
    verbose: bool,
) -> None:
    cycle = load_cycle(directory, password_file)
    tell = cycle.context.language.say
    for path in paths:
        if not path.exists():
            fail([tell(f"没有这个文件：{path}", f"There is no such file: {path}")])
    with progress(len(cycle.arrivals(paths)), tell("检查", "Checking")) as advance:
        report = cycle.validate(*paths, select=select, ignore=ignore, advance=advance)
    if out is not None:
        from kpi_xlsx.outputs.findings import write_findings_book

        title = cycle.settings.full_title("", cycle.context.template.title)
        write_findings_book(out, report.findings, cycle.context, title)
    finish(report, format_, infos=verbose)


@cli.command(
    short_help=say("检查并写出汇总表。", "Check, then write the master."),
    help=say(
        "检查并汇总：更新 ledger.sqlite，写出 master.xlsx。",
        "Check and merge: updates ledger.sqlite and writes master.xlsx.",
    ),
)
@directory_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=say("汇总表写到别处。", "Write the master elsewhere."),
)
@click.option(
    "--strict", is_flag=True, help=say("有必须修改的问题就不写汇总表。", "Write no master while an error is open.")
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    metavar="N",
    help=say("同时用几个进程读取，默认 1。", "Read with so many processes; default 1."),
)
@password_file_option
@format_option
@verbose_option
def merge(
    directory: Path,
    out: Path | None,
    strict: bool,
    jobs: int,
    password_file: Path | None,
    format_: str,
    verbose: bool,
) -> None:
    cycle = load_cycle(directory, password_file)
    tell = cycle.context.language.say
    with pool(jobs) as executor, progress(len(cycle.arrivals()), tell("读取", "Reading")) as advance:
        report = cycle.merge(executor, out=out, strict=strict, advance=advance)
    target = (out or cycle.settings.master).as_posix()
    unwritten = strict and report.exit_code
    finish(report, format_, infos=verbose, last="" if unwritten else tell(f"汇总表：{target}", f"Master: {target}"))


cli.add_command(status)


@cli.command(
    short_help=say("写出退给单位修改的表。", "Write the copies to be sent back."),
    help=say(
        "把收到的内容搬进新表，标出要修改和说明的格，放进 feedback/，退给单位。默认是有问题的单位，也可以指定。",
        "Move what came in into new forms, mark what is to be fixed or explained, and put them into feedback/ to be "
        "sent back: for departments with something open, or for those named.",
    ),
)
@directory_option
@departments_option
@password_file_option
def feedback(directory: Path, departments: tuple[str, ...], password_file: Path | None) -> None:
    cycle = load_cycle(directory, password_file)
    tell = cycle.context.language.say
    from kpi_xlsx.outbox import find_departments
    from kpi_xlsx.screen import show_feedback

    total = len(cycle.arrivals()) + len(find_departments(cycle.context, departments))
    with progress(total, tell("写退回表", "Writing copies")) as advance:
        done = cycle.fill_feedback(departments, advance)
    put_lines(show_feedback(done, cycle.settings.feedback, cycle.context.language))
    put_lines(done.remarks, err=True)


@cli.command(
    short_help=say("新建登记簿，或补上缺的表。", "Make the register, or add what it lacks."),
    help=say(
        "新建 register.xlsx（登记簿），或补上它缺的工作表和表头；已有的内容不动。",
        "Make register.xlsx, or add the sheets and headings that it lacks; what is there stays as it is.",
    ),
)
@directory_option
def register(directory: Path) -> None:
    cycle = load_cycle(directory)
    tell = cycle.context.language.say
    done = cycle.complete_register()
    put_lines(done or [tell("登记簿已经齐全，没有改动。", "The register lacks nothing; it was not changed.")])
    path = cycle.settings.register.as_posix()
    click.echo(tell(f"登记簿：{path}", f"Register: {path}"))


cli.add_command(trace)
cli.add_command(close)
cli.add_command(next_cycle)
cli.add_command(export)


@cli.command(help=say("说明一条规则；不给代码就列出全部规则。", "Explain a rule; without a code, list all of them."))
@click.argument("code", required=False)
@click.option("--lang", type=click.Choice(["zh", "en"]), help=say("用哪种语言说明。", "The language to explain in."))
def explain(code: str | None, lang: str | None) -> None:
    from kpi_xlsx.checks import BY_CODE, CHECKS
    from kpi_xlsx.checks.rule import SEVERITY_WORDS

    language = Language(lang) if lang else _language_here()
    if code is None:
        for check in CHECKS:
            word = SEVERITY_WORDS[check.severity][language]
            star = "*" if check.explainable else " "
            click.echo(f"{check.code} {star} {word}  {check.name}: {check.words(language).page.partition(chr(10))[0]}")
        return
    found = BY_CODE.get(code.upper())
    if found is None:
        from kpi_xlsx.toml_files import nearest

        close = nearest(code.upper(), [known for known in BY_CODE if known[0] == code[:1].upper()] or BY_CODE)
        hint = language.say(f"，是不是 {close}？", f"; did you mean {close}?") if close else language.say("。", ".")
        fail([language.say(f"没有 {code} 这条规则", f"There is no rule {code}") + hint])
    words = found.words(language)
    word = SEVERITY_WORDS[found.severity][language]
    explainable = language.say("，可以说明", ", can be explained") if found.explainable else ""
    title = f"{found.code} {found.name} ({word}{explainable})"
    click.echo(f"{click.style(title, bold=True)}\n\n{words.page}")


cli.add_command(import_plan)


@cli.command(
    "import-template",
    short_help=say("把现有的填报表变成模板。", "Make a template of a form that you have."),
    help=say(
        "把现有的填报表（.xlsx、.xls、.et、.ods）变成模板：列、表头、谁填、下拉列表、标题、说明。"
        "拿不准的标着“请确认”。-o 写 .toml，或写 .xlsx（在 Excel 里改）。",
        "Make a template definition of a form that you have (.xlsx, .xls, .et, .ods): columns, headings, who fills "
        "them, lists, title, notes. What is uncertain is marked to be confirmed. With -o a .toml, or an .xlsx to be "
        "edited in Excel.",
    ),
)
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FORM")
@click.option(
    "-o",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="template.toml",
    help=say("写到这个新文件。", "The new file."),
)
@click.option("--sheet", default="", metavar="NAME", help=say("有几个工作表时，用哪一个。", "Which sheet, if several."))
def import_template(source: Path, target: Path, sheet: str) -> None:
    from kpi_xlsx.template_import import import_template, show_import

    put_lines(show_import(import_template(source, target, SYSTEM, sheet), SYSTEM), hang=2)
    following = f"kpi-xlsx init DIR --template {quoted(target.as_posix())}"
    click.echo(say(f"看过以后：{following}", f"When it is right: {following}"))


# --- what the commands share ------------------------------------------------------------------------------------------


def _language_here() -> Language:
    """The language of the cycle in the current folder, else the system's."""
    from kpi_xlsx.definition import find_template, load_template
    from kpi_xlsx.settings import load_settings

    try:
        return load_template(find_template(load_settings(Path(), SYSTEM).template, Path(), SYSTEM)).language
    except PlanError:
        return SYSTEM


def main() -> None:
    """The console script: mistakes of people and of file systems are lines and exit code 2, never a traceback."""
    prepare_streams()
    with mistakes_told():
        try:
            code = cli(prog_name="kpi-xlsx", standalone_mode=False)
        except click.UsageError as error:
            refuse(error)
        except click.Abort:
            fail([INTERRUPTED])
        raise SystemExit(code if isinstance(code, int) else 0)
