"""Makes the pictures of the documents: forms, masters and copies of the demo, as LibreOffice shows them.

Run in the repository's root: python docs/pictures/make.py  (needs LibreOffice, poppler and Pillow).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))

from office import to_pictures  # noqa: E402

from kpi_xlsx.demo import run_demo  # noqa: E402
from kpi_xlsx.model import Language  # noqa: E402


def crop(source: Path, target: Path, share: float) -> None:
    """The upper part of a page without its margins."""
    page = Image.open(source).convert("RGB")
    page = page.crop((0, 0, page.width, int(page.height * share)))
    box = ImageChops.difference(page, Image.new("RGB", page.size, "white")).getbbox() or (0, 0, *page.size)
    picture = page.crop((max(0, box[0] - 12), max(0, box[1] - 12), min(page.width, box[2] + 12), page.height))
    picture.quantize(64).save(target, optimize=True)


def make(language: Language, folder: Path) -> None:
    """A form, a master and a feedback copy in one language."""
    run_demo(folder / "demo", language)
    copy = next((folder / "demo" / "feedback").glob("104-*.xlsx"))
    crop(to_pictures(copy, folder / "copy", dpi=110)[0], HERE / f"feedback-{language}.png", 0.45)
    form = next((folder / "demo" / "outbox").glob("017-*.xlsx"))
    crop(to_pictures(form, folder / "form", dpi=95)[0], HERE / f"form-{language}.png", 0.62)
    crop(
        to_pictures(folder / "demo" / "master.xlsx", folder / "master", dpi=110)[0],
        HERE / f"master-{language}.png",
        0.62,
    )


if __name__ == "__main__":
    for one in Language:
        with tempfile.TemporaryDirectory() as temporary:
            make(one, Path(temporary))
