"""Fixtures that several tests share."""

import pytest
from office import lend_office
from pages import lend_filled

from kpi_xlsx.model import Language

office = pytest.fixture(scope="session")(lend_office)
filled = pytest.fixture(scope="session", params=list(Language), ids=str)(lend_filled)
