"""Whose a file probably is: by whole names, by words, by what lies beside it; and nobody's where it could be two."""

from __future__ import annotations

import pytest

from kpi_xlsx.model import Department, Plan
from kpi_xlsx.owners import named_otherwise, owner_by_name, owner_by_neighbours

PLAN = Plan(
    (
        Department("017", "市金融办", aliases=("市金融工作办公室",)),
        Department("018", "市教育局"),
        Department("019", "市教育局下城分局"),
        Department("A", "Roads"),
        Department("B", "Harbour Office"),
    ),
    (),
)


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        ("inbox/017.pdf", "017"),
        ("inbox/市金融办.pdf", "017"),
        ("inbox/市金融工作办公室 佐证.pdf", "017"),
        ("inbox/017-市金融办-201806.xlsx", "017"),
        ("inbox/附件1（市金融办）盖章.pdf", "017"),
        ("inbox/017_scan(2).jpg", "017"),
        ("inbox/harbour office - scan.pdf", "B"),
        ("inbox/B scan.pdf", "B"),
        ("inbox/市金融办/照片/IMG_0001.jpg", "017"),
        ("inbox/市金融办.zip/IMG_0001.jpg", "017"),
        ("inbox/市教育局下城分局.pdf", "019"),
        ("inbox/市教育局.pdf", "018"),
        ("inbox/市教育局转市金融办.pdf", None),
        ("inbox/市教育局、市教育局下城分局.pdf", None),
        ("inbox/IMG_0001.jpg", None),
        ("inbox/20180617.jpg", None),
        ("inbox/crossroads.pdf", None),
        ("inbox/roads, scan.pdf", "A"),
    ],
)
def test_by_name(file: str, owner: str | None) -> None:
    assert owner_by_name(file, PLAN) == owner


@pytest.mark.parametrize(
    ("file", "own", "other"),
    [
        ("inbox/市教育局.xlsx", "017", "018"),
        ("inbox/市金融办.xlsx", "017", None),
        ("inbox/市金融办 转 市教育局.xlsx", "017", None),
        ("inbox/市教育局/表.xlsx", "017", None),
        ("inbox/018.xlsx", "017", None),
        ("inbox/A.xlsx", "B", None),
    ],
)
def test_only_a_name_in_the_files_own_name_contradicts_a_form(file: str, own: str, other: str | None) -> None:
    """Folders are those of who forwarded it, and codes are short enough to be anything."""
    assert named_otherwise(file, own, PLAN) == other


def test_by_neighbours() -> None:
    owners = {"inbox/甲": {"017"}, "inbox/乙": {"017", "018"}, "inbox": {"A"}, "inbox/a.zip/夹": {"B"}}
    assert owner_by_neighbours("inbox/甲/scan.pdf", owners) == "017"
    assert owner_by_neighbours("inbox/甲/深/更深/scan.pdf", owners) == "017"
    assert owner_by_neighbours("inbox/乙/scan.pdf", owners) is None
    assert owner_by_neighbours("inbox/scan.pdf", owners) is None, "the inbox itself tells nothing"
    assert owner_by_neighbours("inbox/a.zip/夹/scan.pdf", owners) == "B"
    assert owner_by_neighbours("inbox/a.zip/scan.pdf", owners) is None
