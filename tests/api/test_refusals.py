"""Refused requests: too large, too deep, too slow, too many, without the token. Other requests are still answered."""

from __future__ import annotations

import json
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from suitability.api import routes as engine
from suitability.api.access import Access
from suitability.api.problems import without_folders
from suitability.api.server import TOKEN_VARIABLE, access_of
from suitability.cli.main import app as command_line
from suitability.core.errors import Problem, SourceError, SubmissionError
from tests.api.service import SQUARE, running, wait_until
from tests.moments import HANG_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

TOKEN = "a-token-of-enough-signs"  # noqa: S105 (of this test alone)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Give a client of a running service that takes little, and waits shortly."""
    with running(body_bytes=20_000, body_seconds=1.0, header_seconds=1.0, places=3, corners=50) as one:
        yield one


def refused(answer: httpx.Response, status: int, said: str) -> None:
    """Check for a problem with a sentence, and nothing of the inside."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text


def conversation(client: httpx.Client, sent: bytes) -> bytes:
    """Return all that comes back on a connection on which ``sent`` was said and then nothing more."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=30) as line:
        line.sendall(sent)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_a_body_too_large_is_refused_before_it_is_sent(client: httpx.Client) -> None:
    """Refused by its announced length alone; the service continues."""
    head = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999999999\r\n\r\n"
    answer = conversation(client, head)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"meer dan 0.02 MB" in answer
    assert client.get("/conformance").status_code == 200


def test_a_body_of_unknown_length_is_cut_off(client: httpx.Client) -> None:
    """In pieces without an announced length."""

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    refused(
        client.post("/score?lang=en", content=pieces(), headers={"Content-Type": "application/json"}),
        413,
        "more than 0.02 MB",
    )


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"type":"Polygon","coordinates":['])
def test_brackets_in_brackets_are_refused(client: httpx.Client, opening: bytes) -> None:
    """Thousands deep, before any parser sees them."""
    body = opening * (15_000 // len(opening))
    refused(client.post("/score", content=body, headers={"Content-Type": "application/json"}), 400, "het maximum is 12")


def test_brackets_in_a_text_are_no_nesting(client: httpx.Client) -> None:
    """A reference may hold any sign."""
    body = {"places": [{"reference": '[[[[[[[[[[[[[[[[[[[[[\\"{{{{', "parcel": "afgeleid-00001"}]}
    assert client.post("/score", json=body).raise_for_status().json()["places"][0]["verdict"]


def test_a_slow_body_is_hung_up_on_while_another_is_answered(client: httpx.Client) -> None:
    """The one that dawdles gets 408; meanwhile the other gets its answer."""
    head = b"POST /score?lang=en HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(conversation, client, head)
        assert client.get("/conformance").status_code == 200
        assert not slow.done()
        assert slow.result(30).startswith(b"HTTP/1.1 408")
    assert b"did not arrive within 1 seconds" in slow.result()


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: loc", b"GET /conformance HTTP/1.1\r\nHost: localhost\r\n\r\nGET"]
)
def test_headers_that_do_not_come_end_the_connection(client: httpx.Client, sent: bytes) -> None:
    """Nothing said, half a request, or half a second request: the line is closed."""
    answer = conversation(client, sent)
    assert answer.count(b"HTTP/1.1") == (1 if sent.endswith(b"GET") else 0)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "dit is geen JSON"), (b"{", 400, "dit is geen JSON"), (b'{"places": [NaN]}', 400, "NaN"),
        (b'{"places": [{"x": 1e999, "y": 1}]}', 400, "geen JSON"), (b'{"places": [{"place": "\\ud800"}]}', 400, "geen JSON"),
        (b"\xff\xfe", 400, "geen JSON"), (b"[]", 422, "Geef: een object"), (b"7", 422, "Geef: een object"),
        (b'{"places": []}', 422, "minimaal 1"), (b'{"places": [{"adress": "x"}]}', 422, "places.0.adress: dit veld bestaat niet"),
        (b'{"type": "Circle"}', 422, "type: 'Circle' kan hier niet"), (b'{"type": "Polygon"}', 422, "coordinates: dit ontbreekt"),
        (json.dumps({"places": [{"parcel": "x"}] * 4}).encode(), 422, "4 locaties; het maximum is 3"),
        (json.dumps({"type": "LineString", "coordinates": [[5.9, 52.5]] * 60}).encode(), 422, "60 hoekpunten"),
        (json.dumps({"places": [{"wkt": "LINESTRING(" + ",".join(["1 1"] * 60) + ")"}]}).encode(), 422, "60 hoekpunten"),
    ],
)  # fmt: skip
def test_a_wrong_body_gets_a_sentence(client: httpx.Client, body: bytes, status: int, said: str) -> None:
    """The sentence states the position, the value found and the value expected."""
    refused(client.post("/score", content=body, headers={"Content-Type": "application/json"}), status, said)


def test_a_form_of_a_web_page_is_refused(client: httpx.Client) -> None:
    """A page elsewhere can send plain text through someone's browser, but no JSON without asking."""
    refused(
        client.post("/score", content=json.dumps(SQUARE), headers={"Content-Type": "text/plain"}),
        415,
        "application/json",
    )
    answer = client.options(
        "/score", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    )
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_only_names_of_this_machine_are_answered(client: httpx.Client) -> None:
    """A name that someone else leads here is not one of them."""
    refused(client.get("/run", headers={"Host": "evil.example.org"}), 400, "heet niet 'evil.example.org'")
    assert client.get("/conformance", headers={"Host": "localhost:99"}).status_code == 200


def test_paths_and_methods_that_are_not_there_get_a_sentence(client: httpx.Client) -> None:
    """Nor does a name of a policy lead to a file."""
    refused(client.get("/nothing"), 404, "hier is niets")
    refused(client.delete("/run"), 405, "DELETE kan hier niet")
    refused(client.get("/policies/..%2Fpyproject"), 404, "")
    refused(client.get("/policies/documents.yaml"), 404, "bestaat niet")


def test_long_work_is_answered_in_time_and_others_wait_or_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """504 for work in progress, 503 for work that waited in vain, 429 for a full queue; cards are served meanwhile."""
    begun, go_on = threading.Event(), threading.Event()
    real = engine.score_batch

    def slow(*given: Any, **named: Any) -> Any:
        begun.set()
        assert go_on.wait(HANG_S)
        return real(*given, **named)

    monkeypatch.setattr(engine, "score_batch", slow)
    body = {"places": [{"parcel": "afgeleid-00001"}]}
    with running(waiting=1, score_seconds=2.0) as client, ThreadPoolExecutor(3) as pool:
        first = pool.submit(client.post, "/score?lang=en", json=body)
        assert begun.wait(HANG_S)
        answers = [pool.submit(client.post, "/score?lang=en", json=body) for _ in range(2)]
        assert client.get("/parcels/afgeleid-00001").status_code == 200
        wait_until(lambda: any(one.done() for one in answers))
        refused(first.result(), 504, "not done within 2 seconds")
        told = {one.result().status_code: one.result() for one in answers}
        refused(told[429], 429, "other requests are already waiting (1)")
        refused(told[503], 503, "did not get its turn within 2 seconds")
        assert int(told[429].headers["retry-after"]) > 0
        go_on.set()
        wait_until(lambda: client.post("/score", json=body).status_code == 200)


def test_an_internal_error_shows_nothing_of_the_inside(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 with a sentence; an error of a source about its files loses the folders."""
    body = {"places": [{"parcel": "afgeleid-00001"}]}

    def failing(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("/secret/place.py")

    def unreadable(*_: Any, **__: Any) -> Any:
        raise SourceError(Problem("/home/someone/data/addresses.gpkg", "file_unreadable", {"found": "gone"}))

    caplog.set_level(logging.CRITICAL)
    with running() as client:
        monkeypatch.setattr(engine, "score_batch", failing)
        answer = client.post("/score", json=body)
        refused(answer, 500, "er ging iets mis in deze dienst")
        assert "secret" not in answer.text
        monkeypatch.setattr(engine, "score_batch", unreadable)
        answer = client.post("/score", json=body)
        refused(answer, 503, "addresses.gpkg")
        assert "someone" not in answer.text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/home/a/b.gpkg: gone", "b.gpkg: gone"), ("dir:/srv/data/kampen", "dir:kampen"), (r"C:\Users\a\b.csv", "b.csv"),
        ("https://example.org/a/b and http://a/b/c", "https://example.org/a/b and http://a/b/c"),
        ("file:///srv/data/x.gml", "x.gml"), ("1/2 of 3/4", "1/2 of 3/4"), ("config/api.yaml", "config/api.yaml"),
    ],
)  # fmt: skip
def test_folders_of_the_machine_are_left_out(text: str, left: str) -> None:
    """Absolute paths keep their last part; web addresses and fractions stay."""
    assert without_folders(text) == left


def test_with_a_token_only_its_holder_is_answered(capfd: pytest.CaptureFixture[str]) -> None:
    """401 without, 403 with another, 400 with the token in the address; and it is in no log."""
    with running(Access(TOKEN, frozenset())) as client:
        missing = client.get("/run?lang=en")
        refused(missing, 401, "asks for a token")
        assert missing.headers["www-authenticate"].startswith("Bearer")
        for told in (f"Basic {TOKEN}", TOKEN, "Bearer"):
            refused(client.get("/run", headers={"Authorization": told}), 401, "vraagt om een token")
        for token in ("wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
            refused(client.get("/run", headers={"Authorization": f"Bearer {token}"}), 403, "niet het token")
        refused(
            client.get("/run", params={"token": TOKEN}, headers={"Authorization": f"Bearer {TOKEN}"}),
            400,
            "hoort niet in het adres",
        )
        refused(client.get("/openapi.json"), 401, "token")
        allowed = {"Authorization": f"Bearer {TOKEN}", "Host": "kampen.example.org"}
        assert client.get("/run", headers=allowed).status_code == 200
    said = "".join(capfd.readouterr())
    assert TOKEN not in said


def test_the_network_is_served_with_a_token_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token comes from a file or the environment; a short or missing token is an error at startup."""
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert access_of("127.0.0.1", None, 16).hosts
    with pytest.raises(SubmissionError, match="so it needs a token"):
        access_of("0.0.0.0", None, 16)  # noqa: S104 (that is what is refused)
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    assert access_of("192.168.1.5", file, 16) == Access(TOKEN, frozenset())
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert access_of("localhost", None, 16).token == TOKEN
    for wrong in ("short", "a token with some spaces", "geheimgeheimgehéim"):
        monkeypatch.setenv(TOKEN_VARIABLE, wrong)
        with pytest.raises(SubmissionError, match="at least 16") as told:
            access_of("localhost", None, 16)
        assert wrong not in str(told.value)
    with pytest.raises(SourceError):
        access_of("localhost", tmp_path / "nothing", 16)


def test_the_command_refuses_before_it_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token for the network, and on a port that is taken."""
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    run = CliRunner()
    done = run.invoke(command_line, ["serve", "--host", "0.0.0.0"])  # noqa: S104
    assert isinstance(done.exception, SubmissionError)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run.invoke(command_line, ["serve", "--port", str(taken.getsockname()[1])])
    assert isinstance(done.exception, SourceError)
    assert "cannot listen on 127.0.0.1" in str(done.exception)
