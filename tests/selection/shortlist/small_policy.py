"""A policy under which few parcels of the demo can be chosen, so that a set is found in seconds."""

from __future__ import annotations

SMALL = """
title: {nl: Klein, en: Small}
in_force: 2025-01-01
rules:
  - id: large
    label: {nl: Groot genoeg, en: Large enough}
    criterion: parcel_area
    params: {setback_m: 0}
    limit: {between: [9000, 9600], unit: m2}
    effect: exclude
    assumption: {nl: voor een proef, en: for a trial}
  - id: beds
    label: {nl: Ruimte, en: Room}
    criterion: capacity
    params: {floor_area_per_bed_m2: 20, storeys: 2, built_share: 0.5, green_share: 0.2, spaces_per_bed: 0.5, space_m2: 25,
             setback_m: 0, max_beds: 50}
    limit: {at_least: 2, unit: beds}
    effect: exclude
    assumption: {nl: voor een proef, en: for a trial}
  - id: roomy
    label: {nl: Ruim, en: Roomy}
    criterion: parcel_area
    params: {setback_m: 0}
    limit: {at_least: 9300, unit: m2}
    effect: score
    weight: 1
    scale: {worst: 9000, best: 9600, unit: m2, assumption: {nl: voor een proef, en: for a trial}}
    assumption: {nl: voor een proef, en: for a trial}
portfolio:
  - id: four
    kind: cap
    label: {nl: Hoogstens 4 locaties in de gemeente, en: At most 4 sites in the municipality}
    per: municipality
    counts: sites
    at_most: 4
    assumption: {nl: voor een proef, en: for a trial}
need:
  - area: Kampen
    year: 2030
    counted: additional
    low: 80
    high: 120
    short_stay: [60, 90]
    source: {document: overijssel-2024, article: Tabel 1}
"""
