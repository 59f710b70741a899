"""Policies, cards, the run record and submitted places: what the command line says, as JSON, in both languages."""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from suitability.cli.main import app as command_line
from suitability.core.config import config_folder
from suitability.core.messages import message
from suitability.criteria import REGISTRY
from suitability.policy.reader import policy_names, read_policy
from suitability.report.explain import explain
from tests.api.service import POLICY, SQUARE, running
from tests.conftest import demo_scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

PLACES = [
    {"reference": "A-17", "address": "Oudestraat 1, Kampen"}, {"reference": "B", "x": 190700, "y": 507300},
    {"reference": "C", "lat": "52,55", "lon": "5,91"}, {"reference": "D", "address": "Nergenslaan 99, Kampen"},
    {"reference": "E", "wkt": shapely.box(191000, 507000, 191100, 507080).wkt}, {"reference": "F"},
]  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Give a client of a running service."""
    with running() as one:
        yield one


def test_every_shipped_policy_is_listed_and_one_is_in_use(client: httpx.Client) -> None:
    """With its title in the language asked for."""
    listed = client.get("/policies?lang=en").json()["policies"]
    assert [one["id"] for one in listed] == policy_names(config_folder())
    assert [one["id"] for one in listed if one["in_use"]] == [POLICY]
    for one in listed:
        assert one["title"] == read_policy(one["id"], REGISTRY).title.en


def test_a_policy_tells_its_rules_limits_and_sources(client: httpx.Client) -> None:
    """All rules, those inside rules too, with the numbers of the file."""
    policy = read_policy("hardenberg-2025", REGISTRY)
    told = client.get("/policies/hardenberg-2025").json()
    assert (told["in_force"], told["sha256"]) == (policy.in_force.isoformat(), policy.sha256)
    assert [rule["id"] for rule in told["rules"]] == [rule.id for rule in policy.rules]
    for rule, line in zip(policy.rules, told["rules"], strict=True):
        assert line["limit_numbers"] == (list(rule.limit.numbers) if rule.limit else [])
        assert [part["id"] for part in line["parts"]] == [child.id for child in rule.children]
        assert bool(line["source"]) == (rule.source is not None)


def test_a_card_says_what_the_command_line_says(client: httpx.Client) -> None:
    """Verdict, deciding rule and every sentence, of a parcel of each verdict, in both languages."""
    scan = demo_scan(POLICY)
    for outcome in np.unique(scan.verdicts.best):
        name = str(scan.parcels.ids[int(np.flatnonzero(scan.verdicts.best == outcome)[0])])
        for lang in ("nl", "en"):
            facts = explain(scan, name, lang)
            assert facts is not None
            card = client.get(f"/parcels/{name}", headers={"Accept-Language": lang}).json()
            assert (card["verdict"], card["deciding_rule"]) == (facts.outcome.name.lower(), facts.deciding)
            assert [rule["sentence"] for rule in card["rules"]] == [fact.sentence for _, fact in facts.rules]
            assert card["settlement"] == facts.settlement


def test_the_language_is_asked_for_in_either_way(client: httpx.Client) -> None:
    """The parameter goes before the header, the header by weight, and Dutch is what is left."""

    def language(url: str, header: str) -> str:
        return client.get(url, headers={"Accept-Language": header}).headers["content-language"]

    assert language("/parcels/x", "") == "nl"
    assert language("/parcels/x", "de, en;q=0.5, nl;q=0.4") == "en"
    assert language("/parcels/x", "en;q=0.1, nl-NL;q=0.9") == "nl"
    assert language("/parcels/x", "en;q=0, nl;q=x") == "nl"
    assert language("/parcels/x?lang=en", "nl") == "en"
    nl, en = (client.get(f"/parcels/x?lang={lang}").json()["detail"] for lang in ("nl", "en"))
    assert "perceel 'x' is niet gevonden in Kampen" in nl
    assert "parcel 'x' was not found in Kampen" in en


def test_the_run_record_is_that_of_the_scan(client: httpx.Client) -> None:
    """Policy, counts and the provenance of every layer."""
    told = client.get("/run").json()
    assert told == json.loads(json.dumps(demo_scan(POLICY).run.as_dict()))


def test_a_place_gets_the_verdict_of_the_command_line(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same places as a spreadsheet through `suitability score`: same receipts, same verdicts, same reasons."""
    monkeypatch.setenv("SUITABILITY_CACHE", str(tmp_path / "cache"))
    file, out = tmp_path / "places.csv", tmp_path / "out"
    names = list(dict.fromkeys(name for place in PLACES for name in place))
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(PLACES)
    options = ["--policy", POLICY, "--out", str(out), "--no-cards", "--lang", "en"]
    done = CliRunner().invoke(command_line, ["score", str(file), *options])
    assert done.exit_code == 0, done.output
    scores = {row[said("reference")]: row for row in rows_of(out / "scores.csv")}
    receipts = {row[said("reference")]: row for row in rows_of(out / "receipt.csv")}
    answer = client.post("/score?lang=en", json={"places": PLACES}).raise_for_status().json()
    assert [one["reference"] for one in answer["places"]] == [place["reference"] for place in PLACES]
    for one in answer["places"]:
        assert receipts[one["reference"]][said("notes")] == " ".join(one["notes"])
        assert (one["verdict"] is not None) == (one["reference"] in scores)
        if one["verdict"]:
            row = scores[one["reference"]]
            assert row[said("verdict")] == one["card"]["verdict_text"]
            rules = {rule["id"]: rule for rule in one["card"]["rules"]}
            assert rules[one["card"]["deciding_rule"]]["sentence"] in row[said("reason")]
    assert [one["status"] for one in answer["places"]].count("refused") == 2
    assert sum(answer["counts"].values()) == len(scores) == 4


def said(column: str) -> str:
    """Return the heading of a column."""
    return message(f"submission.column.{column}", "en")


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a written table."""
    text = path.read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ","))


def test_a_parcel_drawn_or_named_gets_the_verdict_of_the_scan(client: httpx.Client) -> None:
    """Of every verdict a few, by designation and as WKT."""
    scan = demo_scan(POLICY)
    rows = [
        int(i) for outcome in np.unique(scan.verdicts.best) for i in np.flatnonzero(scan.verdicts.best == outcome)[:4]
    ]
    for place in ("parcel", "wkt"):
        given = [str(scan.parcels.ids[i]) if place == "parcel" else scan.parcels.geometry[i].wkt for i in rows]
        answer = client.post("/score", json={"places": [{place: text} for text in given]}).raise_for_status().json()
        found = {one["card"]["parcel_id"]: one["verdict"] for one in answer["places"] if one["card"]}
        assert found == {str(scan.parcels.ids[i]): ("fail", "unknown", "pass")[scan.verdicts.best[i]] for i in rows}
        bare = client.post("/score?cards=false", json={"places": [{place: text} for text in given]}).json()
        assert [one["verdict"] for one in bare["places"]] == [one["verdict"] for one in answer["places"]]
        assert not [one for one in bare["places"] if one["card"]]


def test_geojson_in_each_form_gets_one_answer(client: httpx.Client) -> None:
    """A geometry, a feature and a collection of the same square have the same verdict and overlaps."""
    feature = {"type": "Feature", "properties": {"kenmerk": "Z-1"}, "geometry": SQUARE}
    bodies = [SQUARE, feature, {"type": "FeatureCollection", "features": [feature]}]
    answers = [
        client.post("/score", json=body, headers={"Content-Type": "application/geo+json"}).raise_for_status().json()
        for body in bodies
    ]
    first, *others = [(one["verdict"], one["parcels"]) for answer in answers for one in answer["places"]]
    assert first[1]
    assert others == [first, first]
    assert [answer["places"][0]["reference"] for answer in answers] == ["", "Z-1", "Z-1"]


def test_what_is_about_persons_does_not_come_back(client: httpx.Client) -> None:
    """Name, e-mail and telephone of a submitter are in no answer, nor in the published layer afterwards."""
    planted = ["Planter de Vries", "planter@example.org", "06-12345678"]
    properties = dict(zip(("naam", "email", "opmerking"), planted, strict=True))
    body = {"type": "Feature", "properties": properties, "geometry": SQUARE}
    answer = client.post("/score", json=body).raise_for_status()
    layer = client.get("/collections/parcels/items?limit=1000&bbox=5.91,52.55,5.912,52.551").raise_for_status()
    assert not [text for text in planted if text in answer.text or text in layer.text]


def test_twenty_requests_at_once_are_all_answered(client: httpx.Client) -> None:
    """Cards, pages and places together, each with its own answer."""
    scan = demo_scan(POLICY)
    names = [str(name) for name in scan.parcels.ids[:14]]
    with ThreadPoolExecutor(20) as pool:
        cards = [pool.submit(client.get, f"/parcels/{name}") for name in names]
        scored = [pool.submit(client.post, "/score", json={"places": [{"parcel": name}]}) for name in names[:6]]
        assert [one.result().json()["parcel_id"] for one in cards] == names
        answers = [one.result().raise_for_status().json()["places"][0]["card"] for one in scored]
    assert [card["parcel_id"] for card in answers] == names[:6]
    assert [card["verdict"] for card in answers] == [one.result().json()["verdict"] for one in cards[:6]]
