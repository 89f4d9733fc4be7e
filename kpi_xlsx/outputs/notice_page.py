"""A notice as one page of HTML that needs nothing else and prints on A4 across. Data never becomes markup."""

from __future__ import annotations

from kpi_xlsx.outputs.html_pages import page_template
from kpi_xlsx.outputs.notice_document import CENTRED, SIGNATURES
from kpi_xlsx.publication import Publication


def show_notice_page(notice: Publication) -> str:
    """The page as text."""
    return page_template("notice_page.html").render(
        notice=notice, say=notice.language.say, language=notice.language, centred=CENTRED, signatures=SIGNATURES
    )
