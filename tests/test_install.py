"""Fresh installations, packed and editable: the command runs in another folder and finds templates and examples."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.install
ROOT = Path(__file__).parent.parent


def run(*words: object, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"KPI_XLSX_LANG": "zh"}
    done = subprocess.run(
        [*map(str, words)], cwd=cwd, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("editable", [False, True], ids=["pip install .", "pip install -e ."])
def test_a_fresh_installation_runs_from_another_folder(tmp_path: Path, editable: bool) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    how = ["-e", str(ROOT)] if editable else [str(ROOT)]
    run(scripts / "python", "-m", "pip", "install", "--quiet", *how, cwd=tmp_path)
    elsewhere = tmp_path / "别处"
    elsewhere.mkdir()
    assert "master.xlsx" in run(scripts / "kpi-xlsx", "demo", cwd=elsewhere)
    assert (elsewhere / "kpi-demo" / "master.xlsx").is_file()
    run(scripts / "python", "-m", "kpi_xlsx", "init", "en", "--example", "notice-en", cwd=elsewhere)
    assert "6" in run(scripts / "kpi-xlsx", "generate", "-C", "en", cwd=elsewhere)
    where = run(scripts / "python", "-c", "import kpi_xlsx.resources as r; print(r.folder('templates'))", cwd=elsewhere)
    assert ("_data" in where) is not editable
