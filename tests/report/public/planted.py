"""Confidential values that must never leave: planted on parcels, in layers and in the workshop."""

from __future__ import annotations

SECRETS = {
    "owner": "Hendrik Geheimhouder",
    "email": "h.geheimhouder@voorbeeld.example",
    "telephone": "06-98765432",
    "notes": "wil alleen verkopen na zijn scheiding",
    "votes": "tegen: wethouder Zwijgzaam",
    "submitter": "Familie Verborgen-Plek",
    "bsn": "123456782",
}

#: A sole trader: the name of the employer is that of a person.
EMPLOYER = "Kwekerij J. Onbekendman"

SITES = {
    "site-released": "Oude school",
    "site-hidden": "Aangedragen weiland Stilzwijgen",
    "site-unstaged": "Ingezonden schuur Nergensgenoemd",
}

STAGES = {"site-released": ("decided", True), "site-hidden": ("submitted", False)}

CONFIDENTIAL = [
    *SECRETS.values(),
    EMPLOYER,
    SITES["site-hidden"],
    SITES["site-unstaged"],
    "site-hidden",
    "site-unstaged",
]
