"""What reading and judging depend on beside a file's own content, as one short text: cycle and program."""

from __future__ import annotations

import hashlib
import hmac
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

from kpi_xlsx.context import Context


def fingerprint(context: Context) -> str:
    """Changes with plan, template, period, deadline, seal key, limits and program; passwords have no part in it."""
    # Nouns of the core are shown with every field in its order; passwords are not shown.
    return hashlib.sha256(f"{_program()}\n{context!r}".encode("utf-8", "surrogatepass")).hexdigest()


def program_name() -> str:
    """The program with its version, for people."""
    package = __name__.partition(".")[0]
    return f"kpi-xlsx {import_module(package).__version__}"


@cache
def _program() -> str:
    """The program's sources as they lie there (its version is in them), and the Python that runs them."""
    made = hashlib.sha256(sys.version.encode())
    home = Path(__file__).parent
    for path in sorted(home.rglob("*.py")):
        made.update(f"{path.relative_to(home).as_posix()} ".encode() + path.read_bytes())
    return made.hexdigest()


def sealed(context: Context, *texts: str) -> str:
    """A mark that these texts bear if nobody changed them by hand."""
    return hmac.new(context.seal_key.encode(), "\0".join(texts).encode(), hashlib.sha256).hexdigest()
