"""What people decided and wrote into the register: the nouns, as far as they could be understood; no file here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from kpi_xlsx.model import Language, Scalar
from kpi_xlsx.receipts import Receipts

REGISTER = "register.xlsx"
EVERY_GOAL = "*"
"""In a waiver: all goals of the department."""


class Verdict(StrEnum):
    """What a reviewer says of a version: 通过 | 退回 | 待定."""

    PASSED = "passed"
    SENT_BACK = "sent_back"
    PENDING = "pending"


class Fate(StrEnum):
    """What a person's review makes of a version of a department's return."""

    IN_PLAY = "in_play"
    """It counts, row by row, as far as nothing newer does."""
    HELD = "held"
    """It came after another version was passed, and waits for a decision."""
    DISMISSED = "dismissed"
    """It came after another version was passed, and was sent back."""
    REPEATS = "repeats"
    """It came after another version was passed, and says nothing else; or what counts is newer than all it says."""


class AmendmentKind(StrEnum):
    """What an amendment changes: 文字规范 | 数据更正 | 仅公开稿 (which leaves the master alone)."""

    WORDING = "wording"
    FIGURES = "figures"
    PUBLIC_ONLY = "public_only"


class AmendmentState(StrEnum):
    """待确认 | 已采用 | 不采用."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    REJECTED = "rejected"


class PaperState(StrEnum):
    """The stamped paper: 未收 | 已收·一致 | 已收·不一致."""

    AWAITED = "awaited"
    MATCHES = "matches"
    DIFFERS = "differs"


class Adoption(StrEnum):
    """What became of a claimed bonus or deduction: 待定 | 采用 | 不采用."""

    PENDING = "pending"
    ADOPTED = "adopted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a decision stands in the register: the sheet's name as it is there, and the row as Excel counts it."""

    sheet: str
    row: int

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row}"

    def told(self, language: Language) -> str:
        """As it is said in a sentence."""
        return language.say(f"“{self.sheet}”表第{self.row}行", f"sheet {self.sheet}, row {self.row}")


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of one cell of the master, proposed or decided. Values are as the column's type has them."""

    department: str
    goal: str
    """The goal's key."""
    column: str
    old: Scalar | None
    """What stood there when it was amended: compared as `comparable` does."""
    new: Scalar | None
    kind: AmendmentKind | None
    state: AmendmentState
    place: Place
    reason: str = ""
    authority: str = ""
    approved_by: str = ""
    consent: str = ""
    doubtful: bool = False
    """Found in a master in which so much (or a given cell) had been changed that it looks like an accident."""

    @property
    def set_aside(self) -> bool:
        """Whether it looks like an accident and nobody has said otherwise: then it is not shown anywhere."""
        return self.doubtful and self.state is AmendmentState.PROPOSED


@dataclass(frozen=True, slots=True)
class Extension:
    """A later deadline for one department."""

    department: str
    until: dt.datetime
    authority: str
    place: Place


@dataclass(frozen=True, slots=True)
class Review:
    """What a person said of a version of a department's return.

    `version` is as it was typed: a number (`2`, `第2次`, `#2`), a file's name, or number and the beginning of the
    sha256 (`第2次 3fa9c12b`), as `merge` writes it in where it was left blank; blank means the newest that had come by
    the end of the review's day.
    """

    department: str
    version: str
    verdict: Verdict
    place: Place
    reviewer: str = ""
    date: dt.date | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that a named person lets pass. `goal` is a key, EVERY_GOAL, or None for findings of no goal."""

    department: str
    goal: str | None
    code: str
    reason: str
    by: str
    place: Place
    date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What became of a department's stamped paper."""

    department: str
    state: PaperState
    place: Place
    date: dt.date | None = None
    by: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """A bonus, a deduction or a veto of a department. `goal` is a key, or empty for the whole department."""

    department: str
    goal: str
    kind: str
    item: str
    document: str
    claimed: Decimal | None
    recognised: Decimal | None
    recognised_by: str
    adoption: Adoption
    place: Place


@dataclass(frozen=True, slots=True)
class Closing:
    """The round was closed."""

    date: dt.date
    by: str
    place: Place
    remark: str = ""


@dataclass(frozen=True)
class Decisions:
    """The whole register, and a remark for every row (with its cell) that could not be used."""

    receipts: Receipts = field(default_factory=Receipts)
    amendments: tuple[Amendment, ...] = ()
    extensions: tuple[Extension, ...] = ()
    reviews: tuple[Review, ...] = ()
    papers: tuple[Paper, ...] = ()
    closings: tuple[Closing, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    remarks: tuple[str, ...] = ()
    credits: tuple[Credit, ...] = ()
    unreadable: bool = False
    """There is a register, but nothing in it can be read: what was decided is not known."""

    @cached_property
    def until(self) -> Mapping[str, Extension]:
        """The extension that holds for a department: the last one that was written down."""
        return {one.department: one for one in self.extensions}

    @cached_property
    def waivers_of(self) -> Mapping[tuple[str, str], Sequence[Waiver]]:
        """The waivers by department and code, in the register's order."""
        found: dict[tuple[str, str], list[Waiver]] = {}
        for one in self.waivers:
            found.setdefault((one.department, one.code), []).append(one)
        return found

    @cached_property
    def paper(self) -> Mapping[str, Paper]:
        """What became of each department's stamped paper: the last that was written down."""
        return {one.department: one for one in self.papers}

    def deadline(self, department: str | None, due: dt.datetime | None) -> dt.datetime | None:
        """Until when a return that is due then is in time: an extension never makes that earlier."""
        extension = self.until.get(department or "")
        if extension is None:
            return due
        return extension.until if due is None else max(due, extension.until)


# No comma in any of these words: a drop-down list takes it for the end of a choice.
VERDICT_WORDS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.PASSED: ("通过", "passed"),
    Verdict.SENT_BACK: ("退回", "sent back"),
    Verdict.PENDING: ("待定", "pending"),
}
AMENDMENT_KINDS: Mapping[AmendmentKind, tuple[str, str]] = {
    AmendmentKind.WORDING: ("文字规范", "wording"),
    AmendmentKind.FIGURES: ("数据更正", "figures"),
    AmendmentKind.PUBLIC_ONLY: ("仅公开稿", "public only"),
}
AMENDMENT_STATES: Mapping[AmendmentState, tuple[str, str]] = {
    AmendmentState.PROPOSED: ("待确认", "proposed"),
    AmendmentState.APPLIED: ("已采用", "applied"),
    AmendmentState.REJECTED: ("不采用", "rejected"),
}
ADOPTION_WORDS: Mapping[Adoption, tuple[str, str]] = {
    Adoption.PENDING: ("待定", "pending"),
    Adoption.ADOPTED: ("采用", "adopted"),
    Adoption.REJECTED: ("不采用", "not adopted"),
}
PAPER_WORDS: Mapping[PaperState, tuple[str, str]] = {
    PaperState.AWAITED: ("未收", "awaited"),
    PaperState.MATCHES: ("已收·一致", "received and matches"),
    PaperState.DIFFERS: ("已收·不一致", "received but differs"),
}
