"""Fixtures that several tests share."""

import pytest
from office import lend_office

office = pytest.fixture(scope="session")(lend_office)
