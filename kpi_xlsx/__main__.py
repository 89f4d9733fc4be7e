"""`python -m kpi_xlsx` is the same as the console script."""

from kpi_xlsx.cli import main

main()
