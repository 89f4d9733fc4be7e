"""cycle.toml: what a cycle is about and where its parts lie; read strictly, with every mistake named by its key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kpi_xlsx.decisions import REGISTER
from kpi_xlsx.definition import placeholder_mistakes
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.periods import Period, parse_period
from kpi_xlsx.toml_files import Complaint, key_mistakes, read_toml

FILE = "cycle.toml"
SCORES = "scores.toml"
KEYS: Mapping[str, tuple[type, ...]] = {
    "title": (str,),
    "period": (str,),
    "return_by": (dt.datetime,),
    "support_by": (dt.datetime,),
    "template": (str,),
    "previous": (str,),
    "scores": (str,),
    "id": (str,),
    "seal_key": (str,),
    "year_start": (int,),
    "marking": (str,),
    "contact": (str,),
    "limits": (dict,),
}
LIMIT_KEYS: Mapping[str, tuple[str, int]] = {
    "file_mb": ("file_bytes", 2**20),
    "old_file_mb": ("old_bytes", 2**20),
    "unpacked_mb": ("unpacked", 2**20),
    "part_mb": ("part_bytes", 2**20),
    "ratio": ("ratio", 1),
    "members": ("members", 1),
    "bundle_mb": ("bundle_bytes", 2**20),
    "bundle_depth": ("bundle_depth", 1),
    "sheets": ("sheets", 1),
    "cells": ("cells", 1),
    "characters": ("text", 1),
}
"""What `[limits]` may raise or lower: its key, the limit meant, and how many of the limit's units one is."""


@dataclass(frozen=True)
class Settings:
    """What cycle.toml says."""

    folder: Path
    period: Period
    template: str
    title: str = ""
    return_by: dt.datetime | None = None
    support_by: dt.datetime | None = None
    """When supporters' returns are due, if earlier than `return_by`."""
    previous: str = ""
    scores: str = ""
    """The file of scoring rules, relative to the folder; empty: scores.toml, if it is there."""
    id: str = ""
    seal_key: str = ""
    marking: str = ""
    contact: str = ""
    limits: Limits = DEFAULT_LIMITS

    @property
    def zone(self) -> dt.tzinfo:
        """The offset in which every time is shown: that of the deadline, else UTC; never the machine's."""
        deadline = self.return_by or self.support_by
        return deadline.tzinfo if deadline and deadline.tzinfo else dt.UTC

    @property
    def plan(self) -> Path:
        return self.folder / "plan.xlsx"

    @property
    def register(self) -> Path:
        return self.folder / REGISTER

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def feedback(self) -> Path:
        return self.folder / "feedback"

    @property
    def history(self) -> Path:
        return self.folder / "history"

    @property
    def scoring(self) -> Path:
        """The file of scoring rules, there or not."""
        return self.folder / (self.scores or SCORES)

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.sqlite"

    @property
    def master(self) -> Path:
        return self.folder / "master.xlsx"

    def full_title(self, department: str = "", title: str = "") -> str:
        """The title with its placeholders filled; the department is empty in the master."""
        period = self.period
        words = (self.title or title).format(
            department=department,
            year=period.end.year,
            months=period.months,
            month=period.end.month,
            quarter=(period.position + 2) // 3,
            half=(period.position + 5) // 6,
            financial_year=period.financial_year,
        )
        bare = words.strip().lstrip(":：,，、 ")
        return bare[:1].upper() + bare[1:]


def load_settings(folder: Path, language: Language) -> Settings:
    """Read cycle.toml. Raises CycleError with every mistake in it."""
    path = folder / FILE
    if not path.is_file():
        words = language.say(
            f"这里（{folder}）不是一个报送期文件夹。先用 kpi-xlsx init 新建，或用 -C 指到它。",
            f"This folder ({folder}) is not a cycle. Make one with kpi-xlsx init, or point to it with -C.",
        )
        raise CycleError([Mistake(FILE, "", words)])
    data = read_toml(path, CycleError)
    mistakes = [Mistake(FILE, place, words) for place, words in _mistakes(data, language)]
    if mistakes:
        raise CycleError(mistakes)
    period = parse_period(data["period"], data.get("year_start", 1))
    assert period is not None
    texts = {key: data[key] for key in ("title", "previous", "scores", "seal_key", "marking", "contact") if key in data}
    return Settings(
        folder,
        period,
        data["template"],
        return_by=data.get("return_by"),
        support_by=data.get("support_by"),
        id=data.get("id", "").strip() or str(period),
        limits=_limits(data.get("limits", {})),
        **texts,
    )


def _limits(data: Mapping[str, int]) -> Limits:
    changes = {LIMIT_KEYS[key][0]: value * LIMIT_KEYS[key][1] for key, value in data.items()}
    return replace(DEFAULT_LIMITS, **changes)


def _limit_mistakes(data: Any, language: Language) -> Iterator[Complaint]:
    if isinstance(data, dict):
        yield from key_mistakes(data, dict.fromkeys(LIMIT_KEYS, (int,)), (), "limits.", language)
        for key, value in data.items():
            if key in LIMIT_KEYS and isinstance(value, int) and not 1 <= value <= 2**40:
                yield f"limits.{key}", language.say("应当是正整数。", "Must be a positive whole number.")


def _moment(value: object) -> dt.datetime | None:
    """A time that can be compared: with its offset."""
    return value if isinstance(value, dt.datetime) and value.tzinfo is not None else None


def _mistakes(data: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    yield from key_mistakes(data, KEYS, ("period", "template"), "", language)
    year_start = data.get("year_start", 1)
    if isinstance(year_start, int) and not 1 <= year_start <= 12:
        yield "year_start", language.say("应当是 1 到 12 的月份。", "Must be a month from 1 to 12.")
    if isinstance(data.get("period"), str) and parse_period(data["period"]) is None:
        yield (
            "period",
            language.say(
                f"“{data['period']}”不对，应当写成 2018-01/2018-06 或 2018-06。",
                f"“{data['period']}” is not valid; write 2018-01/2018-06 or 2018-06.",
            ),
        )
    for key in ("return_by", "support_by"):
        moment = data.get(key)
        if isinstance(moment, dt.datetime) and moment.tzinfo is None:
            yield (
                key,
                language.say(
                    "要带时区，如 2018-07-05T17:30:00+08:00。", "Needs its offset, as in 2018-07-05T17:30:00+08:00."
                ),
            )
    first, last = (_moment(data.get(key)) for key in ("support_by", "return_by"))
    if first is not None and last is not None and first > last:
        yield (
            "support_by",
            language.say(
                "配合单位的期限不能晚于 return_by；两个期限相同就不用写。",
                "Supporters cannot be due after return_by; leave it out if both are due at once.",
            ),
        )
    yield from _limit_mistakes(data.get("limits"), language)
    if isinstance(data.get("title"), str):
        yield from placeholder_mistakes(data["title"], "title", language)
