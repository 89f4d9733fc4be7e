"""What earlier cycles cost: a merge with a chain of them beside the same merge without, by the length of the chain.

PYTHONPATH=.:tests python benchmarks/merge_in_the_year.py --returns 300 --goals 5 --cycles 6
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from pathlib import Path

from many import make_many, send

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language


def merge_seconds(folder: Path) -> float:
    """A second merge, in which nothing is read anew."""
    cycle = Cycle.load(folder)
    cycle.merge()
    before = time.perf_counter()
    Cycle.load(folder).merge()
    return time.perf_counter() - before


def measure(folder: Path) -> tuple[float, float]:
    """With and without what `previous` leads to."""
    settings = folder / "cycle.toml"
    text = settings.read_text("utf-8")
    chained = merge_seconds(folder)
    settings.write_text(re.sub(r"(?m)^previous = .*\n?", "", text), "utf-8")
    alone = merge_seconds(folder)
    settings.write_text(text, "utf-8")
    return chained, alone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--returns", type=int, default=300)
    parser.add_argument("--goals", type=int, default=5, help="in each return")
    parser.add_argument("--cycles", type=int, default=6, help="how long the chain grows")
    parser.add_argument("--rounds", type=int, default=3, help="of which the medians are shown")
    options = parser.parse_args()
    print(f"{'earlier':>8} {'with, s':>8} {'without, s':>11} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as place:
        cycle = make_many(Path(place, "2018-06"), Language.EN, options.returns, options.goals)
        cycle.merge()
        for earlier in range(1, options.cycles + 1):
            cycle = Cycle.load(cycle.next(period=f"2018-{6 + earlier:02}"))
            for department in cycle.context.plan.departments:
                send(cycle, department.code)
            cycle.merge()
            rounds = [measure(cycle.settings.folder) for _ in range(options.rounds)]
            chained, alone = (statistics.median(one) for one in zip(*rounds, strict=True))
            print(f"{earlier:>8} {chained:>8.2f} {alone:>11.2f} {chained / alone:>6.2f}")


if __name__ == "__main__":
    main()
