"""Detection of personal data by its form: e-mail addresses, telephone, citizen service and account numbers."""

from __future__ import annotations

import re
from typing import Final

#: Stands where something personal stood.
REMOVED: Final = "[…]"
_EMAIL: Final = re.compile(
    r"[^\s@<>;,]{1,64}@[^\s@<>;,]{1,255}\.[^\s@<>;,]{2,}|\S+\s?(?:\(at\)|\[at\])\s?\S+", re.IGNORECASE
)
#: Dutch numbers: 06-12345678, 038 123 45 67, +31 (0)6 12 34 56 78, 0031…; never part of a longer number.
_PHONE: Final = re.compile(r"(?<![\d.,/])(?:\+31|0031|0)[\s.-]?(?:\(0\))?(?:[\s.-]?\d){9}(?![\d.,]*\d)")
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}\s?[A-Z]{4}(?:\s?\d){10}\b")
_BSN: Final = re.compile(r"(?<![\d.,])\d{9}(?!\d)")
_BSN_WEIGHTS: Final = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def without_personal(text: str) -> str:
    """Return a text in which what leads to a person is replaced by ``REMOVED``; the same text where nothing does."""
    for pattern in (_EMAIL, _IBAN, _PHONE):
        text = pattern.sub(REMOVED, text)
    return _BSN.sub(lambda match: REMOVED if _is_bsn(match[0]) else match[0], text)


def looks_personal(text: str) -> bool:
    """Return whether a text holds something that leads to a person."""
    return without_personal(text) != text


def _is_bsn(digits: str) -> bool:
    """Return whether nine digits pass the test of eleven of a citizen service number (BSN)."""
    total = sum(weight * int(digit) for weight, digit in zip(_BSN_WEIGHTS, digits, strict=True))
    return total % 11 == 0 and digits.strip("0") != ""
