"""Tests of submitted locations: forty files, the same verdict whichever way a place came, cards, and a killed batch."""
