"""The app: start it with `make app` or `suitability app`."""

from suitability.ui.layout import run

run()
