"""Addresses and designations as people write them, found offline and with the national service on loopback."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from layers.addresses._dutch_address import key_of, postcode_of, read_designation, readings_of
from layers.addresses.address_service import AddressService, AddressTable, read_address_table
from layers.addresses.geocode import LocalAddresses, Match, Miss
from layers.formats.addresses import read_addresses
from layers.services.client import Client
from suitability.core.errors import LayerError, SourceError
from tests.paths import ROOT
from tests.services.locatieserver import Locatieserver, address_docs, parcel_doc
from tests.services.misbehave import First, Fixed
from tests.services.server import Response, Server
from tests.work import calls_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layers.addresses.geocode import Geocoder

TABLE = ROOT / "config" / "sources" / "addresses.yaml"
REAL = ROOT / "tests" / "data" / "boundaries" / "dutch_addresses_4326.gpkg.zip"

#: street, number, letter, addition, postcode, settlement, x, y
ADDRESSES: list[tuple[Any, ...]] = [
    ("Dorpsstraat", 12, None, None, "7771AB", "Hardenberg", 240_000, 510_000),
    ("Dorpsstraat", 12, "A", None, "7771AB", "Hardenberg", 240_010, 510_000),
    ("Dorpsstraat", 12, "A", "3", "7771AB", "Hardenberg", 240_020, 510_000),
    ("Dorpsstraat", 12, None, "bis", "7771AB", "Hardenberg", 240_030, 510_000),
    ("Dorpsstraat", 12, None, "to", "7771AB", "Hardenberg", 240_040, 510_000),
    ("Dorpsstraat", 5, None, None, "7771AC", "Hardenberg", 240_100, 510_000),
    ("Dorpsstraat", 5, None, None, "7773AA", "Hardenberg", 240_103, 510_000),
    ("Dorpsstraat", 8, None, None, "7771AC", "Hardenberg", 240_200, 510_000),
    ("Dorpsstraat", 8, None, None, "7796AA", "Heemserveen", 236_000, 509_000),
    ("'s-Gravenzandseweg", 3, None, None, "7772BB", "Hardenberg", 240_300, 510_000),
    ("Kölnlaan", 8, None, None, "7772BC", "Hardenberg", 240_400, 510_000),
    ("Plein 1813", 3, None, None, "7772BD", "Hardenberg", 240_500, 510_000),
    ("Burgemeester van den Bergstraat", 7, None, None, "7772BE", "Hardenberg", 240_600, 510_000),
    ("Noorderkade", 1, "B", None, "7772BF", "Hardenberg", 240_700, 510_000),
    ("Noorderkade", 1, "C", None, "7772BF", "Hardenberg", 240_710, 510_000),
]
COLUMNS = ["street", "number", "letter", "addition", "postcode", "settlement"]


def small() -> gpd.GeoDataFrame:
    """Return the addresses above."""
    rows = {name: [row[i] for row in ADDRESSES] for i, name in enumerate(COLUMNS)}
    return gpd.GeoDataFrame(rows, geometry=[shapely.Point(row[6:]) for row in ADDRESSES], crs=28992)


def parcels() -> gpd.GeoDataFrame:
    """Return four parcels, two of them with one number in different municipalities, and an apartment."""
    ids = ["HDB02 K 1234", "AHB00 K 1234", "HDB02 AB 7", "HDB02 K 1234 A0001"]
    shapes = [shapely.box(x, 510_000, x + 50, 510_050) for x in (240_000, 250_000, 240_100, 240_000)]
    return gpd.GeoDataFrame({"parcel_id": ids}, geometry=shapes, crs=28992)


CODES = {"Hardenberg": ["HDB00", "HDB02"], "Ambt-Hardenberg": ["AHB00"]}


@pytest.fixture(scope="module")
def local() -> LocalAddresses:
    """Return the offline finder."""
    return LocalAddresses(small(), parcels(), CODES)


@pytest.fixture(scope="module")
def online() -> Iterator[AddressService]:
    """Return the finder over the service on loopback, with the same addresses and parcels."""
    points = [("Hardenberg", "HDB02", "K", 1234, 240_025), ("Ambt-Hardenberg", "AHB00", "K", 1234, 250_025)]
    docs = address_docs(small()) + [parcel_doc(*row[:4], (row[4], 510_025.0)) for row in points]
    docs += [parcel_doc("Hardenberg", "HDB02", "AB", 7, (240_125.0, 510_025.0))]
    with Server([Locatieserver(docs)]) as server, client() as asking:
        yield AddressService(asking, table(server))


def client() -> Client:
    """Return a client for loopback that does not wait between attempts."""
    return Client(frozenset({"127.0.0.1"}), attempts=3, sleep=lambda _: None)


def table(server: Server) -> AddressTable:
    """Return the shipped table with the address of the loopback service."""
    return read_address_table(TABLE).model_copy(update={"url": f"{server.base}/bzk/locatieserver/search/v3_1/free"})


FOUND = [
    ("in_full", "Dorpsstraat 12, 7771 AB Hardenberg", 240_000),
    ("postcode_in_small_letters", "7771 ab 12", 240_000),
    ("postcode_without_space", "7771AB 12", 240_000),
    ("letter_attached", "Dorpsstraat 12a Hardenberg", 240_010),
    ("letter_with_hyphen", "7771AB 12-A", 240_010),
    ("letter_with_space", "7771AB 12 a", 240_010),
    ("letter_and_addition", "Dorpsstraat 12a-3, Hardenberg", 240_020),
    ("letter_and_addition_apart", "7771AB 12 A 3", 240_020),
    ("bis", "Dorpsstraat 12 bis, Hardenberg", 240_030),
    ("bis_attached", "7771AB 12bis", 240_030),
    ("opposite", "Dorpsstraat t.o. 12, Hardenberg", 240_040),
    ("opposite_in_words", "Dorpsstraat tegenover 12 Hardenberg", 240_040),
    ("one_place_with_two_postcodes", "Dorpsstraat 5 Hardenberg", 240_100),
    ("short_for_street", "Dorpsstr. 5 Hardenberg", 240_100),
    ("shorter_for_street", "dorpsstr 5, hardenberg", 240_100),
    ("no_space_after_point", "Dorpsstr.5, Hardenberg", 240_100),
    ("town_first", "Hardenberg, Dorpsstraat 5", 240_100),
    ("town_after_in", "Dorpsstraat 5 te Hardenberg", 240_100),
    ("with_country", "Dorpsstraat 5, Hardenberg, Nederland", 240_100),
    ("which_of_two_towns", "Dorpsstraat 8 Heemserveen", 236_000),
    ("apostrophe", "'s-Gravenzandseweg 3", 240_300),
    ("curly_apostrophe", "’s Gravenzandseweg 3", 240_300),
    ("no_apostrophe", "s gravenzandseweg 3", 240_300),
    ("accent", "Kölnlaan 8", 240_400),
    ("no_accent", "KOLNLAAN 8", 240_400),
    ("number_in_the_street", "Plein 1813 3", 240_500),
    ("short_for_mayor", "Burg. v.d. Bergstr. 7", 240_600),
    ("parcel", "HDB02 K 1234", 240_025),
    ("parcel_without_spaces", "hdb02k1234", 240_025),
    ("parcel_with_index", "HDB02K1234G0000", 240_025),
    ("parcel_by_name", "Ambt-Hardenberg K 1234", 250_025),
    ("parcel_in_words", "Hardenberg, sectie AB, nr. 7", 240_125),
]


@pytest.mark.parametrize("finder", ["local", "online"])
@pytest.mark.parametrize(("case", "text", "x"), FOUND, ids=[case[0] for case in FOUND])
def test_found(request: pytest.FixtureRequest, finder: str, case: str, text: str, x: float) -> None:
    """However it is written, offline and online find the same place."""
    geocoder: Geocoder = request.getfixturevalue(finder)
    found = geocoder.find(text)
    assert isinstance(found, Match), found
    assert found.point.x == pytest.approx(x)
    assert found.score == 1.0
    assert found.kind == ("parcel" if case.startswith("parcel") else "address")
    assert found.label


MISSED = [
    ("another_number", "Dorpsstraat 13 Hardenberg", "other_number"),
    ("another_letter", "Dorpsstraat 12b Hardenberg", "other_number"),
    ("letter_where_there_is_none", "Dorpsstraat 8a, 7771AC Hardenberg", "other_number"),
    ("number_without_its_letter", "Noorderkade 1, Hardenberg", "other_number"),
    ("two_towns", "Dorpsstraat 8", "ambiguous"),
    ("other_street", "Kerkstraat 12 Hardenberg", "none"),
    ("no_number", "Dorpsstraat Hardenberg", "none"),
    ("nothing", "", "none"),
    ("signs", "*:* OR 1=1", "none"),
    ("very_long", "Dorpsstraat 12 " * 40, "none"),
    ("postcode_unknown", "9999 ZZ 12", "none"),
    ("postcode_of_another_street", "Kölnlaan 12, 7771 AB Hardenberg", "ambiguous"),
    ("parcel_unknown", "HDB02 K 9999", "none"),
    ("apartment", "HDB02 K 1234 A0001", "none"),
]


@pytest.mark.parametrize("kind", ["local", "online"])
@pytest.mark.parametrize(("text", "reason"), [case[1:] for case in MISSED], ids=[case[0] for case in MISSED])
def test_missed(request: pytest.FixtureRequest, kind: str, text: str, reason: str) -> None:
    """A neighbouring house number is no match, and a text that could be two places is none."""
    geocoder: Geocoder = request.getfixturevalue(kind)
    found = geocoder.find(text)
    assert isinstance(found, Miss), found
    assert found.reason == reason


def test_misspelt_street_is_found_and_scores_less(local: LocalAddresses) -> None:
    """One letter wrong is enough to lose points, and to be found still."""
    found = local.find("Burgemester van den Bergstraat 7, Hardenberg")
    assert isinstance(found, Match)
    assert 0.9 < found.score < 1.0
    assert found.label == "Burgemeester van den Bergstraat 7, 7772BE Hardenberg"
    assert isinstance(local.find("Noordkaap 1B, Hardenberg"), Miss)


def test_nearest_thing_is_named_for_a_person(local: LocalAddresses) -> None:
    """A miss names the nearest alternative."""
    missed = local.find("Dorpsstraat 12b Hardenberg")
    assert isinstance(missed, Miss)
    assert missed.label.startswith("Dorpsstraat 12")
    both = local.find("Dorpsstraat 8")
    assert isinstance(both, Miss)
    assert "Heemserveen" in both.label
    assert "7771AC Hardenberg" in both.label


def test_order_and_repeats(local: LocalAddresses, online: AddressService) -> None:
    """Answers come in the order of the questions, the same for the same."""
    texts = ["7771AB 12", "nowhere 1", "7771AB 12", "HDB02 K 1234"]
    for geocoder in (local, online):
        found = geocoder.find_all(texts)
        assert [type(one) for one in found] == [Match, Miss, Match, Match]
        assert found[0] == found[2]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> gpd.GeoDataFrame:
    """Return the 2,481 real addresses of Otterlo and Wekerom."""
    folder = tmp_path_factory.mktemp("addresses")
    with zipfile.ZipFile(REAL) as archive:
        archive.extractall(folder)
    return read_addresses(next(folder.rglob("*.gpkg")))


def test_all_real_addresses_are_found_again(real: gpd.GeoDataFrame) -> None:
    """Written in three ways, all are found at their place but one, which the data has twice, 34 m apart."""
    local = LocalAddresses(real)
    letter, addition = (real[name].astype("object").where(real[name].notna(), "") for name in ("letter", "addition"))
    number = real["number"].astype(str) + letter + addition.map(lambda text: f"-{text}" if text else "")
    spaced = real["postcode"].str[:4] + " " + real["postcode"].str[4:].str.lower()
    ways = {
        "in full": real["street"] + " " + number + ", " + spaced + " " + real["settlement"],
        "postcode": spaced + " " + number.str.lower(),
        "without postcode": real["street"].str.upper() + " " + number + " " + real["settlement"],
    }
    for name, texts in ways.items():
        found = local.find_all(texts.tolist())
        missed = {text for text, one in zip(texts, found, strict=True) if isinstance(one, Miss)}
        assert len(missed) == 1, (name, missed)
        apart = [
            one.point.distance(point) for one, point in zip(found, real.geometry, strict=True) if isinstance(one, Match)
        ]
        assert max(apart) < 25, name


def test_the_work_for_addresses_grows_with_their_number_only(real: gpd.GeoDataFrame) -> None:
    """Offline, with every street misspelt and numbers that do not exist: five thousand take no more each than five hundred."""
    texts = [f"{street[:-1]}x {i}, Otterlo" for i, street in enumerate([*real["street"], *real["street"]])]
    assert len(texts) == 4962
    few, many = (calls_of(lambda n=n: LocalAddresses(real).find_all(texts[:n])) for n in (496, 4962))
    assert many < 10 * few


def test_service_finds_real_addresses_as_offline_does(real: gpd.GeoDataFrame) -> None:
    """The same answers from the service, over an excerpt of the real addresses."""
    some = real.iloc[::125].reset_index(drop=True)
    local = LocalAddresses(real)
    with Server([Locatieserver(address_docs(real))]) as server, client() as asking:
        service = AddressService(asking, table(server))
        for row in some.itertuples():
            letter = row.letter if isinstance(row.letter, str) else ""
            addition = row.addition if isinstance(row.addition, str) else ""
            text = f"{row.street} {row.number}{letter} {addition}".strip() + f", {row.settlement}"
            ours, theirs = local.find(text), service.find(text)
            assert isinstance(ours, Match), text
            assert isinstance(theirs, Match), text
            assert ours.point.distance(theirs.point) < 0.01


def test_service_is_asked_once_per_text_and_not_too_fast() -> None:
    """Repeats come from memory; between two requests the client waits for the configured pause."""
    pause_s = 300.0  # long compared with an answer on a busy machine, and not really slept
    waits: list[float] = []
    with Server([Locatieserver(address_docs(small()))]) as server:
        found = table(server)
        with Client(frozenset({"127.0.0.1"}), sleep=waits.append, pause_s=pause_s) as asking:
            service = AddressService(asking, found)
            service.find_all(["7771AB 12", "7771 AB 5", "7771AB 12", "7771AB  12"])
        assert len(server.requests) == 3
    assert len(waits) == 2
    assert all(0.5 * pause_s < wait <= pause_s for wait in waits)
    asked = server.requests[0].query
    assert asked["fq"] == ["type:adres", "huisnummer:12", "postcode:7771AB"]
    assert asked["rows"] == ["100"]


def test_low_score_is_no_match() -> None:
    """An answer that shares one word only is not looked at, however well its fields fit."""
    docs = address_docs(small())
    with Server([Locatieserver(docs)]) as server, client() as asking:
        strict = table(server).model_copy(update={"min_score": 1000.0})
        assert AddressService(asking, strict).find("Dorpsstraat 5 Hardenberg") == Miss("none")


def test_answer_without_a_place() -> None:
    """A document without a point, or with one in another country, is no match."""
    docs = address_docs(small().iloc[[5]])
    for point in ("POINT(5.9 52.4)", "", "POINT(1e9 3)", None):
        changed = [doc | {"centroide_rd": point} for doc in docs]
        with Server([Locatieserver(changed)]) as server, client() as asking:
            missed = AddressService(asking, table(server)).find("Dorpsstraat 5, Hardenberg")
        assert isinstance(missed, Miss)
        assert missed.label.startswith("Dorpsstraat 5")


def test_busy_service_is_asked_again() -> None:
    """A 429 passes; three in a row are an error, and no miss."""
    busy = Response(429, b"too many requests", "text/plain", {"Retry-After": "1"})
    with Server([First(Locatieserver(address_docs(small())), [busy])]) as server, client() as asking:
        assert isinstance(AddressService(asking, table(server)).find("7771AB 12"), Match)
    with Server([Fixed("/bzk", busy)]) as server, client() as asking, pytest.raises(SourceError) as caught:
        AddressService(asking, table(server)).find("7771AB 12")
    assert "429" in caught.value.sentences("nl")[0]


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"<html>", b'{"response": {"docs": [{"score": "x"}]}}', b'{"response": 3}']
)
def test_answer_of_another_form(body: bytes) -> None:
    """Is said with its first words, never taken for "not found"."""
    with (
        Server([Fixed("/bzk", Response(200, body))]) as server,
        client() as asking,
        pytest.raises(SourceError) as caught,
    ):
        AddressService(asking, table(server)).find("7771AB 12")
    assert body.decode()[:5] in caught.value.sentences("en")[0]


def test_empty_answer() -> None:
    """No documents is a miss."""
    body = b'{"response": {"numFound": 0, "start": 0, "docs": []}}'
    with Server([Fixed("/bzk", Response(200, body))]) as server, client() as asking:
        assert AddressService(asking, table(server)).find("7771AB 12") == Miss("none")
        assert AddressService(asking, table(server)).find("HDB02 K 1234") == Miss("none")


def test_addresses_without_their_columns() -> None:
    """All missing columns are named together."""
    with pytest.raises(LayerError) as caught:
        LocalAddresses(small().drop(columns=["street", "postcode"]))
    assert "street, postcode" in caught.value.sentences("nl")[0]


def test_addresses_in_degrees_and_without_points() -> None:
    """Any CRS will do; an address without a point is known and not placed."""
    frame = small().to_crs(4326)
    frame.loc[0, "geometry"] = None
    local = LocalAddresses(frame)
    found = local.find("7771AB 12a")
    assert isinstance(found, Match)
    assert found.point.distance(shapely.Point(240_010, 510_000)) < 0.01
    assert local.find("7771AB 12") == Miss("none", "Dorpsstraat 12, 7771AB Hardenberg")


def test_without_parcels_and_names(local: LocalAddresses) -> None:
    """A designation is not found where there are no parcels; a name without a code is not guessed."""
    assert LocalAddresses(small()).find("HDB02 K 1234") == Miss("none")
    assert local.find("Gramsbergen K 1234") == Miss("none")


def test_keys_and_parts() -> None:
    """Spellings that count as the same name, and texts that are no postcode."""
    assert key_of("Den Haag") == key_of("'s-Gravenhage")
    assert key_of("Sint Jansstraat") == key_of("St. Jansstr.")
    assert key_of("IJsselkade") == key_of("ĳsselkade")
    assert key_of("Dorpsstraat") != key_of("Dorpsweg")
    assert postcode_of("kantoor 1234 SS") == ""
    assert postcode_of("0123 AB") == ""
    assert [one.number for one in readings_of("Kerkstraat 12 3")] == [12, 3]
    assert read_designation("Dorpsstraat 12") is None


def test_shipped_table_and_its_mistakes(tmp_path: Path) -> None:
    """The shipped table is read; all errors of a broken table are reported together."""
    assert read_address_table(TABLE).pause_s >= 0.2
    path = tmp_path / "addresses.yaml"
    text = TABLE.read_text(encoding="utf-8").replace("pause_s: 0.3", "pause_s: 0").replace("rows: 100", "rows: 5000")
    path.write_text(text.replace("  point:", "  punt:"), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_address_table(path)
    said = " ".join(caught.value.sentences("en"))
    assert len(caught.value.problems) == 3
    for part in ("pause_s", "5000", "'punt'", "'point'"):
        assert part in said
