"""The next steps of the round in this folder, by number on a terminal, as commands to type elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from kpi_xlsx.console import INTERRUPTED, load_cycle, mistakes_told, progress, put_lines
from kpi_xlsx.lines import cells, padded
from kpi_xlsx.model import Language
from kpi_xlsx.standing import Status
from kpi_xlsx.standing_screen import show_headline
from kpi_xlsx.steps import Step, find_steps, tell_register


def show_commands() -> Iterator[str]:
    """Where the round stands, and the steps as commands."""
    status = _take_stock()
    yield from _stand(status)
    steps = find_steps(status)
    typed = [_typed(step, status) for step in steps]
    width = max(map(cells, typed))
    for command, step in zip(typed, steps, strict=True):
        yield f"  {padded(command, width)}  {_words(step, status.language)}"


def offer_steps(command: click.Command) -> None:
    """Offer the steps by number until a person has had enough. A step runs as the command that it stands for."""
    while True:
        status = _take_stock()
        steps = find_steps(status)
        click.echo()
        put_lines(_stand(status))
        put_lines((f"  {number} {_words(step, status.language)}" for number, step in enumerate(steps, 1)), hang=2)
        click.echo(f"  0 {status.language.say('退出', 'Leave')}")
        chosen = _ask(steps, status.language)
        if chosen is None:
            return
        click.echo()
        if chosen.arguments:
            _run(command, chosen.arguments)
        else:
            put_lines(tell_register(status), hang=2)


def _take_stock() -> Status:
    cycle = load_cycle(Path())
    label = cycle.context.language.say("检查", "Checking")
    with progress(len(cycle.arrivals()), label) as advance:
        return cycle.status(advance=advance)


def _stand(status: Status) -> Iterator[str]:
    say = status.language.say
    yield from status.remarks
    yield from show_headline(status)
    yield ""
    if status.closing is None and not any(step.why for step in find_steps(status)):
        yield say("目前没有要办的事。", "Nothing needs to be done now.")
    yield say("接下来可以：", "What can be done next:")


def _words(step: Step, language: Language) -> str:
    if not step.why:
        return step.title
    return step.title + click.style(language.say(f"（{step.why}）", f" ({step.why})"), fg="yellow")


def _typed(step: Step, status: Status) -> str:
    return f"kpi-xlsx {' '.join(step.arguments)}" if step.arguments else status.settings.register.name


def _ask(steps: Sequence[Step], language: Language) -> Step | None:
    """The step of the number that is typed; None for 0, a bare Enter, Ctrl-C and Ctrl-D."""
    question = language.say("输入数字后回车：", "Type a number, then Enter: ")
    while True:
        try:
            typed = click.prompt(question, default="", show_default=False, prompt_suffix="")
        except click.Abort:
            click.echo()
            return None
        # From a Chinese keyboard digits may come full-width.
        number = unicodedata.normalize("NFKC", typed).strip()
        if number in ("", "0"):
            return None
        if number.isdecimal() and number.isascii() and int(number) <= len(steps):
            return steps[int(number) - 1]
        click.echo(
            language.say(f"没有这一项，请输入 0 到 {len(steps)}。", f"There is no such step; type 0 to {len(steps)}.")
        )


def _run(command: click.Command, arguments: Sequence[str]) -> None:
    """Run a command of the command line, whose exit code and mistakes end it but not the menu."""
    try:
        with mistakes_told():
            command.main(args=list(arguments), prog_name="kpi-xlsx", standalone_mode=False)
    except click.Abort:
        click.echo(INTERRUPTED)
    except SystemExit:
        return
