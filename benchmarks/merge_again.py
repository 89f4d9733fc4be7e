"""How long a merge takes that has read it all before, beside the first: by number of returns, with the ratios.

PYTHONPATH=.:tests python benchmarks/merge_again.py --returns 30 300 --goals 5
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from many import NEXT_DAY, make_many, send

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language


def seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def measure(cycle: Cycle) -> Mapping[str, float]:
    """One round of runs, each from the state that the one before left."""
    code = cycle.context.plan.departments[0].code
    for path in (cycle.settings.ledger, cycle.settings.master):
        path.unlink(missing_ok=True)
    found = {"validate, no ledger": seconds(cycle.validate), "first merge": seconds(cycle.merge)}
    found["second merge"] = seconds(cycle.merge)
    send(cycle, code, words=f"{time.time_ns()} km are open, the rest goes as planned.", came=NEXT_DAY)
    found["merge, one new"] = seconds(cycle.merge)
    found["validate"] = seconds(cycle.validate)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--returns", type=int, nargs="+", default=[300])
    parser.add_argument("--goals", type=int, default=5, help="in each return")
    parser.add_argument("--rounds", type=int, default=3, help="of which the medians are shown")
    options = parser.parse_args()
    print(f"{'returns':>8}  {'run':<20} {'seconds':>8} {'of the first merge':>19}")
    for count in options.returns:
        with tempfile.TemporaryDirectory() as place:
            cycle = make_many(Path(place, "cycle"), Language.EN, count, options.goals)
            rounds = [measure(cycle) for _ in range(options.rounds)]
            size = cycle.settings.ledger.stat().st_size
            shutil.rmtree(cycle.settings.folder)
        medians = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
        for name, median in medians.items():
            print(f"{count:>8}  {name:<20} {median:>8.3f} {median / medians['first merge']:>18.0%}")
        print(f"{count:>8}  {'ledger, MB':<20} {size / 2**20:>8.1f}")


if __name__ == "__main__":
    main()
