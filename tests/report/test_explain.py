"""The card of a parcel, in both languages, for towns drawn by hand: its texts agree with the measurements."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from suitability.core.config import config_folder, documents
from suitability.core.errors import SubmissionError
from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.policy.model import LocationType, Policy
from suitability.report.explain import card_text, explain, route_of, travel_note
from suitability.scan.run import run_scan
from tests.tiny import MemorySource, at, facilities, graph_of, named, raster, square, streets, vector

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.report.explain import ParcelFacts
    from suitability.scan.run import Scan

LANGS: tuple[Lang, ...] = ("nl", "en")
SOURCE = {"document": "hardenberg-2025", "article": "5.1.2"}
#: From south to north: beside the shop, 250 m further, too far, and beyond any street.
PARCELS = {"near": square(0, 5), "middle": square(600, 5), "far": square(1900, 5), "lost": square(0, 900)}


def text(nl: str, en: str) -> dict[str, str]:
    """Return a text in both languages."""
    return {"nl": nl, "en": en}


def check(name: str, criterion: str, limit: dict[str, Any], params: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a check with its params made by the criterion itself."""
    label = {"label": text(f"{name} nl", f"{name} en")} if "label" not in more else {}
    chosen = REGISTRY[criterion].params.model_validate(params)
    return {"id": name, "criterion": criterion, "limit": limit, "params": chosen, "source": SOURCE, **label, **more}


def trip(name: str, mode: str, minutes: float, speed: float, **more: Any) -> dict[str, Any]:
    """Return a check on the minutes to a supermarket."""
    params = {"facility_kind": "supermarket", "mode": mode, "speed_kmh": speed, "access_speed_kmh": 6,
              "snap_limit_m": 100, "horizon_min": 120}  # fmt: skip
    return check(name, "facility_minutes", {"at_most": minutes, "unit": "min"}, params, **more)


def policy(*rules: dict[str, Any], types: tuple[str, ...] = ()) -> Policy:
    """Return a policy of rules and location types."""
    kinds = [{"id": name, "label": text(f"{name} nl", f"{name} en")} for name in types]
    fields = {"id": "p", "title": text("Beleid Klein", "Policy Small"), "in_force": "2025-01-01"}
    return Policy.model_validate({**fields, "rules": rules, "location_types": kinds})


WALK = trip("walk", "walk", 10, 6, effect="exclude", near_miss=1)
EMPLOYER = {"min_jobs": 10}
WORK = check("work", "employer_distance", {"at_most": 1800, "unit": "m"}, EMPLOYER, effect="exclude", near_miss=100)
NOISE = check(
    "noise", "noise_level", {"at_most": 60, "unit": "dB"},
    {"statistic": "highest", "quietest_db": 30, "loudest_db": 90}, effect="restrict",
    consequence=text("hoogstens 4 maanden", "at most 4 months"), assumption=text("aangenomen getal", "assumed number"),
    caution=text("let hierop", "mind this"),
)  # fmt: skip


def town() -> MemorySource:
    """Return a street with a supermarket at its west end, an employer there too, and noise in the middle."""
    street = graph_of([(0, 0), (500, 0), (2000, 0)], [(0, 1), (1, 2)], names=["Dorpsstraat", "Landweg"])
    levels = [[70.0 if 400 <= 10 * column < 1000 else 50.0 for column in range(300)] for _ in range(120)]
    return MemorySource(named(
        vector("parcels", list(PARCELS.values()), parcel_id=list(PARCELS), label=["Dorpsstraat 1", "Landweg 2", None, None],
               settlement=["Dorp", None, None, None]),
        facilities(("Jumbo", 10, -4), ("Aldi", 12, -4)),
        vector("employers", [square(0, 5)], name=["Kwekerij"], jobs=[50]),
        raster(levels, top=1200),
        streets(street),
    ))  # fmt: skip


@cache
def scan_of_town(name: str) -> Scan:
    """Return the scan of the town under one of a few policies."""
    both = [trip("on_foot", "walk", 3, 6), trip("by_bicycle", "bicycle", 4, 15)]
    any_of = {
        "id": "shop",
        "label": text("winkel nl", "shop en"),
        "effect": "exclude",
        "any_of": both,
        "source": SOURCE,
    }
    chosen = {
        "plain": policy(WALK, WORK, NOISE),
        "any_of": policy(any_of),
        "types": policy({**WALK, "applies_to": ["yard"]}, {**WORK, "applies_to": ["field"]}, types=("yard", "field")),
    }[name]
    return run_scan(chosen, town())


def card(scan: Scan, parcel: str, lang: Lang) -> tuple[ParcelFacts, str]:
    """Return facts and text of a parcel's card."""
    facts = explain(scan, parcel, lang)
    return facts, card_text(scan, facts, documents(config_folder()), lang)


def expect(shown: str, *parts: str) -> None:
    """Check that all parts stand in the text, and that no sentence has a hole or a machine's word in it."""
    for part in parts:
        assert part in shown, f"{part!r} is not in:\n{shown}"
    for word in (" nan", "inf ", "None", "{", "}", "naar ,", "to ,", "()"):
        assert word not in shown, f"{word!r} is in:\n{shown}"


def test_a_passed_parcel() -> None:
    """Verdict, tightest rule, and per rule the value, limit, margin, nearest object, source and way there."""
    facts, shown = card(scan_of_town("plain"), "near", "nl")
    expect(
        shown, "Perceel near (Dorpsstraat 1, Dorp), 400 m²", "GESCHIKT volgens Beleid Klein", "[+] walk nl: voldoet",
        "Reistijd naar Jumbo: 0,2 min", "Grenswaarde: maximaal 10 min; marge 9,8 min", "5.1.2", "Kwekerij",
        "Beleidskader Huisvesting Arbeidsmigranten 2025", "Dorpsstraat", "Aanname: aangenomen getal", "Let op: let hierop",
        "Kleinste marge bij: noise nl" if facts.deciding == "noise" else "Kleinste marge bij: ",
    )  # fmt: skip
    assert facts.outcome == Outcome.PASS
    assert (facts.label, facts.settlement, facts.area_m2) == ("Dorpsstraat 1", "Dorp", pytest.approx(400))
    walk = facts.rules[0][1]
    assert (walk.object_name, walk.unit) == ("Jumbo", "min")
    assert walk.value == pytest.approx((15 + 4) / 100)
    assert walk.margin == pytest.approx(10 - walk.value)
    assert walk.access_leg_m == pytest.approx(15)
    _, english = card(scan_of_town("plain"), "near", "en")
    expect(english, "SUITABLE", "Policy Small", "walk en", "0.2 min", "Jumbo", "9.8 min", "assumed number", "mind this")


@pytest.mark.parametrize(("lang", "parts"), [
    ("nl", ["ONGESCHIKT", "Valt af op: walk nl", "[-] walk nl: voldoet niet", "Reistijd naar Aldi: 19,2 min", "maximaal 10 min",
            "9,2 min te ver", "[-] work nl", "Afstand tot Kwekerij: 1,9 km", "buiten de kernen", "Landweg, Dorpsstraat"]),
    ("en", ["UNSUITABLE", "walk en", "[-]", "19.2 min", "Aldi", "at most 10 min", "9.2 min", "1.9 km", "Kwekerij"]),
])  # fmt: skip
def test_a_failed_parcel(lang: Lang, parts: list[str]) -> None:
    """The rule that it fails, by how much it is short, and every other rule as well."""
    facts, shown = card(scan_of_town("plain"), "far", lang)
    expect(shown, *parts)
    assert facts.outcome == Outcome.FAIL
    assert facts.deciding == "walk"
    assert not facts.near_miss
    margins = [fact.margin for _, fact in facts.rules[:2]]
    assert margins == [pytest.approx(10 - (15 + 1898 + 4) / 100), pytest.approx(-80)]


@pytest.mark.parametrize(("lang", "parts"), [
    ("nl", ["NOG TE BEOORDELEN", "Nog te beoordelen: walk nl", "[?] walk nl: onbekend",
            "te ver van een straat", "[+] work nl: voldoet"]),
    ("en", ["TO BE ASSESSED", "walk en", "[?]", "too far from"]),
])  # fmt: skip
def test_an_unknown_parcel(lang: Lang, parts: list[str]) -> None:
    """It says which rules could not be decided and why, and which could."""
    facts, shown = card(scan_of_town("plain"), "lost", lang)
    expect(shown, *parts)
    assert facts.outcome == Outcome.UNKNOWN
    assert np.isnan(facts.rules[0][1].margin)


@pytest.mark.parametrize(("lang", "parts"), [
    ("nl", ["GESCHIKT", "Beperking: hoogstens 4 maanden", "[-] noise nl: voldoet niet", "70,0 dB", "10,0 dB te veel"]),
    ("en", ["SUITABLE", "at most 4 months", "[-] noise en", "70.0 dB", "10.0 dB"]),
])  # fmt: skip
def test_a_restricted_parcel(lang: Lang, parts: list[str]) -> None:
    """It passes, and the card names the restriction of its use, and the rule that sets it."""
    facts, shown = card(scan_of_town("plain"), "middle", lang)
    expect(shown, *parts)
    assert facts.outcome == Outcome.PASS
    assert len(facts.consequences) == 1
    assert card(scan_of_town("plain"), "near", lang)[0].consequences == ()


@pytest.mark.parametrize("lang", LANGS)
def test_a_near_miss(lang: Lang) -> None:
    """One rule, and by little: said in so many words, and only then."""
    only_work = run_scan(policy(WORK), town())
    facts, shown = card(only_work, "far", lang)
    assert facts.near_miss
    expect(shown, {"nl": "Net ongeschikt", "en": "Narrowly unsuitable"}[lang], "80 m")
    assert {"nl": "Net ongeschikt", "en": "Narrowly unsuitable"}[lang] not in card(scan_of_town("plain"), "far", lang)[
        1
    ]


@pytest.mark.parametrize(("lang", "one_is_enough"), [("nl", "Eén hiervan is genoeg"), ("en", "One of these is enough")])
def test_one_of_several_ways(lang: Lang, one_is_enough: str) -> None:
    """Both parts are shown, each with its own outcome and trip; the best one decides."""
    facts, shown = card(scan_of_town("any_of"), "middle", lang)
    ((_, fact),) = facts.rules
    expect(
        shown,
        one_is_enough,
        f"[-] on_foot {lang}",
        f"[+] by_bicycle {lang}",
        f"[+] {'winkel nl' if lang == 'nl' else 'shop en'}",
    )
    assert [part.outcome for part in fact.parts] == [Outcome.FAIL, Outcome.PASS]
    assert fact.value == fact.parts[1].value == pytest.approx((15 + 4) / 100 + 598 / 250)
    assert fact.sentence == fact.parts[1].sentence


@pytest.mark.parametrize("lang", LANGS)
def test_several_location_types(lang: Lang) -> None:
    """The card names the types that fit; without any, the type it comes nearest to; and shows that type's rules."""
    scan = scan_of_town("types")
    facts, shown = card(scan, "near", lang)
    assert facts.fits == (f"yard {lang}", f"field {lang}")
    expect(shown, {"nl": "Locatievorm: yard nl en field nl", "en": "yard en and field en"}[lang])
    lost, shown = card(scan, "lost", lang)
    assert lost.fits == (f"field {lang}",)
    assert [rule.id for rule, _ in lost.rules] == ["work"]
    assert f"walk {lang}" not in shown
    none, shown = card(scan, "far", lang)
    assert none.fits == ()
    expect(shown, {"nl": "Locatievorm: geen", "en": none.location_type}[lang], none.location_type)


@pytest.mark.parametrize("lang", LANGS)
def test_value_and_limit_do_not_contradict_each_other(lang: Lang) -> None:
    """Just over a limit of 1,850 m: the limit is not shown as 1.9 km beside a value of 1.88 km that is too far."""
    limit = {**WORK, "limit": {"at_most": 1850, "unit": "m"}}
    _, shown = card(run_scan(policy(limit), town()), "far", lang)
    expect(shown, {"nl": "1,85 km", "en": "1.85 km"}[lang])


def test_no_such_parcel() -> None:
    """A parcel that was not scanned has no card."""
    with pytest.raises(
        SubmissionError, match=r"parcel 'elsewhere' was not found in .*Did you mean (near|middle|far|lost)\?"
    ):
        explain(scan_of_town("plain"), "elsewhere", "nl")


@pytest.mark.parametrize("lang", LANGS)
def test_a_layer_that_is_missing_is_reported(lang: Lang) -> None:
    """Without employers the rule is unknown, and both the rule and the list of data say that the layer is missing."""
    source = town()
    del source.layers["employers"]
    facts, shown = card(run_scan(policy(WALK, WORK), source), "near", lang)
    assert facts.deciding == "work"
    name = {"nl": "Werkgevers", "en": "Employers"}[lang]
    assert shown.count(name) >= 2
    expect(shown, name)


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_found_near_the_edge_of_the_data(lang: Lang) -> None:
    """No supermarket known and the map ends nearby: a whole sentence, without a place left open for a name."""
    source = town()
    source.layers["facilities"] = facilities(coverage=square(-100, -100, 3000))
    facts, shown = card(run_scan(policy(WALK), source), "near", lang)
    assert facts.outcome == Outcome.UNKNOWN
    expect(shown)


def test_the_route_is_the_trip_that_was_measured() -> None:
    """From the middle of the parcel to the door, along named streets, as long as the minutes say."""
    scan = scan_of_town("plain")
    index, rule = scan.index_of("far"), scan.policy.rules[0]
    route = route_of(scan, rule, index)
    assert route is not None
    assert route.streets == ("Landweg", "Dorpsstraat")
    assert tuple(route.xy[0]) == at(1910, 15)
    assert tuple(route.xy[-1]) == at(12, -4)
    length = np.linalg.norm(np.diff(route.xy, axis=0), axis=1).sum()
    assert length == pytest.approx(scan.findings["walk"].value[index] * 100)
    note = travel_note(scan, rule, index, "nl")
    expect(note, "15 m", "1,9 km over straat", "Landweg, Dorpsstraat")


def test_no_route_where_there_is_no_trip() -> None:
    """No trip, no route and no note; nor for a rule that measures no trip."""
    scan = scan_of_town("plain")
    assert route_of(scan, scan.policy.rules[0], scan.index_of("lost")) is None
    assert travel_note(scan, scan.policy.rules[0], scan.index_of("lost"), "nl") == ""
    assert travel_note(scan, scan.policy.rules[1], scan.index_of("near"), "nl") == ""


@pytest.mark.parametrize("lang", LANGS)
def test_every_parcel_of_every_town_has_a_whole_card(lang: Lang) -> None:
    """No card has a hole in it, whatever the verdict."""
    for name in ("plain", "any_of", "types"):
        for parcel in PARCELS:
            expect(card(scan_of_town(name), parcel, lang)[1], parcel)


@pytest.mark.parametrize("lang", LANGS)
def test_the_conditions_of_a_location_type_are_shown(lang: Lang) -> None:
    """Term of the permit, length of stay and the checks left to a person, for a parcel that is not excluded."""
    kind = {"id": "yard", "label": {"nl": "erf", "en": "yard"}, "permit": {"years": 10, "extension_years": 5},
            "max_stay": {"nl": "ten hoogste 12 weken", "en": "at most 12 weeks"},
            "conditions": [{"nl": "Beheerder aanwezig.", "en": "Manager present."}]}  # fmt: skip
    small = policy(WORK)
    small = small.model_copy(update={"location_types": (LocationType.model_validate(kind),)})
    _, shown = card(run_scan(small, town()), "near", lang)
    expect(shown, *{
        "nl": ("10 jaar, één keer te verlengen met 5 jaar", "15 jaar", "ten hoogste 12 weken", "Beheerder aanwezig."),
        "en": ("10 years, can be extended once by 5", "at most 15 years", "at most 12 weeks", "Manager present."),
    }[lang])  # fmt: skip
