"""The app: start it with `make app` or `suitability app`."""

from suitability.ui.shell import run

run()
