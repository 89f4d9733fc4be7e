"""Where the shipped templates and examples lie: packed in the wheel, or in the checkout's own folders."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def folder(kind: str) -> Path:
    """The folder of shipped `templates` or `examples`."""
    packed = _HERE / "_data" / kind
    return packed if packed.is_dir() else _HERE.parent / kind


def names(kind: str) -> list[str]:
    """What is shipped, by the names that a command or a cycle.toml uses."""
    home = folder(kind)
    if kind == "templates":
        return sorted(path.stem for path in home.glob("*.toml"))
    return sorted(path.parent.name for path in home.glob("*/cycle.toml"))
