"""Every department's workbook out, one trustworthy master back.

The public names: `Cycle` does a whole round from Python with the verbs of the command line; `PlanError` carries
every mistake that a person made in plan, template or cycle.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Cycle", "PlanError", "Report", "__version__"]

if TYPE_CHECKING:
    from kpi_xlsx.cycle import Cycle
    from kpi_xlsx.model import PlanError
    from kpi_xlsx.report import Report


def __getattr__(name: str) -> Any:
    # Lazy, so that `kpi-xlsx --help` and worker processes import only what they use.
    homes = {"Cycle": "kpi_xlsx.cycle", "PlanError": "kpi_xlsx.model", "Report": "kpi_xlsx.report"}
    if name in homes:
        from importlib import import_module

        return getattr(import_module(homes[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
