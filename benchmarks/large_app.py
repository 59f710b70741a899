"""The app on 50,000 parcels, started as the app itself is started."""

import sys

from benchmarks.larger import LargerSource
from suitability.ui import scan_cache as work
from suitability.ui.serve import serve

work.open_source = lambda _text: LargerSource()
serve(sys.argv[1:])
