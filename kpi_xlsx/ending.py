"""The close command: a round is over, and everything about it goes into one archive."""

from __future__ import annotations

from pathlib import Path

import click

from kpi_xlsx.console import directory_option, load_cycle, password_file_option, progress, put_lines, say
from kpi_xlsx.usage import Command


@click.command(
    cls=Command,
    short_help=say("结账：记入登记簿，写出存档。", "Close the round and write its archive."),
    help=say(
        "结账：核对没有遗漏，记入登记簿，把原件、登记簿、汇总表等写成 archive/ 里的一个存档，附目录。"
        "之后只有登记簿里的更正才会再汇总。",
        "Close the round: see that nothing is left open, enter it in the register, and write returns, register, master "
        "and all else into one archive with an index. Later merges take in only what the register corrects.",
    ),
)
@directory_option
@click.option(
    "--by", default="", metavar="NAME", help=say("谁结账；默认是电脑的用户名。", "Who closes it; default: the user.")
)
@click.option(
    "--reason",
    default="",
    metavar="TEXT",
    help=say("还有没办完的也要结账，写明原因。", "Why it is closed though something is open."),
)
@password_file_option
def close(directory: Path, by: str, reason: str, password_file: Path | None) -> None:
    cycle = load_cycle(directory, password_file)
    tell = cycle.context.language.say
    with progress(len(cycle.arrivals()), tell("核对", "Checking")) as advance:
        done = cycle.close_round(by, reason, advance=advance)
    put_lines(done.remarks, err=True)
    click.echo(tell(f"已结账。存档：{done.archive.as_posix()}", f"Closed. Archive: {done.archive.as_posix()}"))
    click.echo(tell(f"目录：{done.index.as_posix()}", f"Index: {done.index.as_posix()}"))
    click.echo(tell(f"汇总表另存一份：{done.master.as_posix()}", f"Master kept as: {done.master.as_posix()}"))
