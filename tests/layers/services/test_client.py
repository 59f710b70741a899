"""The door to the network: what passes by itself is tried again, the rest is said in one sentence, and nothing floods."""

from __future__ import annotations

import logging
import socket
import threading
import time
import tracemalloc
from contextlib import contextmanager
from email.utils import formatdate
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from layers.services import client as client_module
from layers.services.client import Client, RefusedError
from suitability.core.errors import SourceError
from tests.services.misbehave import (
    Changed,
    First,
    Fixed,
    bomb,
    busy,
    cut_off,
    dripping,
    error_page,
    flood,
    silent,
    zipped,
    zipped_half,
)
from tests.services.server import Request, Response, Server, self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.server import Service

JSON = ("application/geo+json", "application/json")
KEY = "geheim-0123456789"
GOOD = Response(body=b'{"answer": 42}')
_MIB = 1 << 20


@contextmanager
def asking(service: Service, **options: Any) -> Iterator[tuple[Client, Server, list[float]]]:
    """Give a client of one service, its server, and the pauses that the client made instead of sleeping."""
    pauses: list[float] = []
    options = {"hosts": frozenset({"127.0.0.1"}), "sleep": pauses.append, "timeout_s": 5.0} | options
    with Server([service]) as server, Client(**options) as client:
        yield client, server, pauses


def refusal(client: Client, url: str, **options: Any) -> str:
    """Return the sentence of a question that must fail, after a look at its Dutch form."""
    with pytest.raises(SourceError) as caught:
        client.get(url, **({"accept": JSON} | options))
    (dutch,) = caught.value.sentences("nl")
    (english,) = caught.value.sentences("en")
    assert dutch != english
    return english


def good() -> Fixed:
    """Return a service that answers well."""
    return Fixed("/a", GOOD)


def test_a_good_answer_comes_through_whole() -> None:
    """Body, media type without its parameters, address and headers."""
    response = Response(body=b"{}", media_type="Application/JSON; charset=utf-8", headers={"Content-Crs": "<x>"})
    with asking(Fixed("/a", response)) as (client, server, _):
        answer = client.get(f"{server.base}/a", {"f": "json"}, {"X-More": "1"}, accept=JSON)
    assert (answer.content, answer.media_type) == (b"{}", "application/json")
    assert answer.url == f"{server.base}/a?f=json"
    assert answer.headers["content-crs"] == "<x>"
    (request,) = server.requests
    assert request.headers["x-more"] == "1"
    assert request.headers["accept"] == "application/geo+json, application/json"
    assert "suitability" in request.headers["user-agent"]


def test_the_query_of_an_address_stays_when_no_parameters_are_given() -> None:
    """A next link brings its own query."""
    with asking(good()) as (client, server, _):
        client.get(f"{server.base}/a?cursor=xyz&limit=2")
    assert server.requests[0].query == {"cursor": ["xyz"], "limit": ["2"]}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_hiccup_is_tried_again(status: int) -> None:
    """Two refusals that pass by themselves, then the answer."""
    with asking(First(good(), [Response(status)] * 2)) as (client, server, pauses):
        assert client.get(f"{server.base}/a", accept=JSON).content == GOOD.body
    assert len(server.requests) == 3
    assert len(pauses) == 2
    assert 0 < pauses[0] < pauses[1] < 5


def test_a_busy_service_gets_the_pause_it_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry-After in seconds, as a date, and as nonsense, which leaves the pause to us."""
    now = 1_764_000_000.25
    monkeypatch.setattr(client_module, "time", SimpleNamespace(time=lambda: now, monotonic=time.monotonic))
    date = formatdate(now + 30, usegmt=True)
    with asking(First(good(), [busy("7"), busy(date), busy("soon")])) as (client, server, pauses):
        client.get(f"{server.base}/a", accept=JSON)
    assert pauses[0] == 7
    assert pauses[1] == 29.75  # a date has whole seconds
    assert 0 < pauses[2] < 10


def test_a_service_that_asks_for_an_hour_is_left_alone() -> None:
    """No pause is shortened: the fetch ends, and the sentence says when to come back."""
    with asking(Fixed("/a", busy("3600"))) as (client, server, pauses):
        assert "60 minutes" in refusal(client, f"{server.base}/a")
    assert len(server.requests) == 1
    assert pauses == []


def test_a_lasting_refusal_ends_after_the_attempts() -> None:
    """Five times 500, and then the service's own words."""
    words = b'{"title": "Internal", "detail": "database is down"}'
    with asking(Fixed("/a", Response(500, words))) as (client, server, pauses):
        sentence = refusal(client, f"{server.base}/a")
    assert "500" in sentence
    assert "database is down" in sentence
    assert len(server.requests) == 5
    assert len(pauses) == 4


def test_a_wrong_question_is_not_asked_twice() -> None:
    """HTTP 400 does not pass by itself; status and words are there for the caller."""
    with asking(Fixed("/a", Response(400, b"unknown parameter", "text/plain"))) as (client, server, _):
        with pytest.raises(RefusedError) as caught:
            client.get(f"{server.base}/a")
        assert (caught.value.status, caught.value.said) == (400, "unknown parameter")
    assert len(server.requests) == 1


def test_a_cut_off_answer_is_asked_again() -> None:
    """Fewer bytes than Content-Length promises; the second answer is the whole one, without a trace of the first."""
    first = cut_off(Request("GET", "/a", {}, {}), GOOD)
    with asking(First(good(), [first])) as (client, server, _):
        assert client.get(f"{server.base}/a", accept=JSON).content == GOOD.body
    assert len(server.requests) == 2


def test_an_answer_that_is_always_cut_off_is_an_error() -> None:
    """Half an answer never counts as one."""
    with asking(Changed(good(), cut_off)) as (client, server, _):
        assert "breaks off" in refusal(client, f"{server.base}/a")
    assert len(server.requests) == 5


def test_a_connection_that_closes_without_a_word_is_tried_again() -> None:
    """As a proxy does that restarts."""
    with asking(First(good(), [Response(drop=True)])) as (client, server, _):
        assert client.get(f"{server.base}/a", accept=JSON).content == GOOD.body


def test_a_zipped_answer_is_unpacked() -> None:
    """Bytes on the line are not bytes in the answer."""
    text = b'{"a": "' + bytes(range(65, 91)) * 20_000 + b'"}'
    with asking(Changed(Fixed("/a", Response(body=text)), zipped)) as (client, server, _):
        assert client.get(f"{server.base}/a", accept=JSON).content == text
    assert server.requests[0].headers["accept-encoding"] == "gzip"


def test_half_a_zipped_answer_is_an_error() -> None:
    """The length is right and the end of the gzip is missing."""
    with asking(Changed(good(), zipped_half)) as (client, server, _):
        assert "breaks off" in refusal(client, f"{server.base}/a")


def test_an_error_page_with_status_200_is_refused() -> None:
    """The sentence shows what the page says to people, not its markup."""
    with asking(Fixed("/a", error_page())) as (client, server, _):
        sentence = refusal(client, f"{server.base}/a")
    assert "text/html" in sentence
    assert "Onderhoud tot 9 uur" in sentence
    assert "<" not in sentence
    assert "color" not in sentence
    assert len(server.requests) == 1


def test_silence_is_an_error_within_the_attempts() -> None:
    """A service that accepts the question and says nothing until the client has given up."""
    given_up = threading.Event()
    with asking(Fixed("/a", silent(given_up)), timeout_s=0.2, attempts=3) as (client, server, pauses):
        assert "does not answer" in refusal(client, f"{server.base}/a")
        given_up.set()
    assert len(server.requests) == 3
    assert len(pauses) == 2


def test_a_drip_of_bytes_is_an_error() -> None:
    """Never silent for long, and never done."""
    with asking(Fixed("/a", dripping(0.02)), max_seconds=0.3) as (client, server, _):
        assert "seconds" in refusal(client, f"{server.base}/a")
    assert len(server.requests) == 1


def test_an_endless_answer_is_bounded_in_bytes_and_memory() -> None:
    """Two gigabytes of JSON without a length: given up at the bound, with no more than that in memory."""
    tracemalloc.start()
    with asking(Fixed("/a", flood(2_000 * _MIB)), max_bytes=4 * _MIB) as (client, server, _):
        assert "larger than the 4 MB" in refusal(client, f"{server.base}/a")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 * _MIB


def test_an_answer_that_declares_too_much_is_not_read() -> None:
    """The declared length is enough to refuse."""
    service = Fixed("/a", flood(2_000 * _MIB, {"Content-Length": str(2_000 * _MIB)}))
    with asking(service, max_bytes=_MIB) as (client, server, _):
        assert "larger than" in refusal(client, f"{server.base}/a")


def test_a_gzip_bomb_is_bounded() -> None:
    """200 MB of blanks in 200 kB: unpacked no further than the bound."""
    packed = bomb(200 * _MIB)
    assert len(packed.body) < _MIB  # type: ignore[arg-type]
    with asking(Fixed("/a", packed), max_bytes=4 * _MIB) as (client, server, _):
        tracemalloc.start()
        assert "larger than the 4 MB" in refusal(client, f"{server.base}/a")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 16 * _MIB


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """Asked once, and not a word sent over the connection."""
    with (
        Server([good()], self_signed(tmp_path)) as server,
        Client(frozenset({"127.0.0.1"}), sleep=pytest.fail) as client,
    ):
        assert "certificate" in refusal(client, f"{server.base}/a")
    assert server.requests == []


def test_nobody_listens() -> None:
    """Connection refused: tried again, and then said."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/a"
        pauses: list[float] = []
        with Client(frozenset({"127.0.0.1"}), sleep=pauses.append) as client:
            assert "cannot be reached" in refusal(client, url)
    assert len(pauses) == 4


def test_a_redirect_within_the_hosts_is_followed() -> None:
    """As when a service moves within its platform."""
    move = Response(308, headers={"Location": "/a/new?x=1"})
    with asking(First(good(), [move])) as (client, server, _):
        assert client.get(f"{server.base}/a", accept=JSON).url == f"{server.base}/a/new?x=1"


def test_a_redirect_to_another_host_is_refused() -> None:
    """The other host is named, and hears nothing."""
    with Server([good()]) as other:
        elsewhere = Response(302, headers={"Location": other.base.replace("127.0.0.1", "localhost") + "/a"})
        with asking(Fixed("/a", elsewhere)) as (client, server, _):
            sentence = refusal(client, f"{server.base}/a")
        assert "localhost" in sentence
        assert other.requests == []


def test_a_key_does_not_travel_to_another_host() -> None:
    """Both hosts may be asked, the key is for the first."""
    with Server([good()]) as other:
        elsewhere = Response(302, headers={"Location": other.base.replace("127.0.0.1", "localhost") + "/a"})
        hosts = frozenset({"127.0.0.1", "localhost"})
        with asking(Fixed("/a", elsewhere), hosts=hosts, secrets=(KEY,)) as (client, server, _):
            client.get(f"{server.base}/a", headers={"X-Api-Key": KEY}, accept=JSON)
        assert server.requests[0].headers["x-api-key"] == KEY
        assert "x-api-key" not in other.requests[0].headers


def test_redirects_in_a_circle_end() -> None:
    """A service that sends on to itself."""
    with asking(Fixed("/a", Response(302, headers={"Location": "/a"}))) as (client, server, _):
        assert "keeps redirecting" in refusal(client, f"{server.base}/a")
    assert len(server.requests) == 5


def test_a_host_that_is_not_configured_is_never_asked() -> None:
    """An address from an answer may lead anywhere; so may a file."""
    with asking(good()) as (client, server, _):
        assert "localhost" in refusal(client, server.base.replace("127.0.0.1", "localhost") + "/a")
        assert "Only these addresses are allowed" in refusal(client, "file:///etc/passwd")
        assert "not an address" in refusal(client, "http://127.0.0.1:x/a")
    assert server.requests == []


def test_keys_are_in_no_message_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Neither that of a header, which the service repeats, nor that of an address."""
    caplog.set_level(logging.DEBUG)
    said = Response(401, f'{{"detail": "key {KEY} is not valid"}}'.encode())
    with asking(Fixed("/a", said), secrets=(KEY,)) as (client, server, _), pytest.raises(SourceError) as caught:
        client.get(f"{server.base}/a?token=abc987", headers={"X-Api-Key": KEY})
    told = "\n".join([str(caught.value), *caught.value.sentences("nl"), *(repr(one) for one in caplog.records)])
    told += caplog.text
    assert server.requests[0].headers["x-api-key"] == KEY
    assert KEY not in told
    assert "abc987" not in told
    assert "is not valid" in told


def test_the_words_of_a_service_do_not_steer_a_terminal() -> None:
    """Nor do they fill it."""
    said = Response(400, b"\x1b[31mred\x1b[0m\a " + b"x" * 10_000, "text/plain")
    with asking(Fixed("/a", said)) as (client, server, _):
        sentence = refusal(client, f"{server.base}/a")
    assert sentence.isprintable()
    assert "red" in sentence
    assert len(sentence) < 500


def test_a_user_and_password_in_an_address_are_in_no_message() -> None:
    """A proxy or a service may be configured so."""
    with asking(Fixed("/a", Response(404))) as (client, server, _):
        assert "wachtwoord" not in refusal(client, server.base.replace("//", "//jan:wachtwoord@") + "/a")


def test_a_download_is_whole_or_not_there(tmp_path: Path) -> None:
    """A failed download leaves the earlier file as it was, and no pieces."""
    to = tmp_path / "new" / "file.json"
    with asking(First(good(), [cut_off(Request("GET", "/a", {}, {}), GOOD)])) as (client, server, _):
        assert client.download(f"{server.base}/a", None, to, accept=JSON) == to
    assert to.read_bytes() == GOOD.body
    with asking(Fixed("/a", flood(8 * _MIB))) as (client, server, _), pytest.raises(SourceError):
        client.download(f"{server.base}/a", None, to, accept=JSON, max_bytes=_MIB)
    assert to.read_bytes() == GOOD.body
    assert [path.name for path in to.parent.iterdir()] == ["file.json"]


def test_a_download_to_where_nothing_can_be_written(tmp_path: Path) -> None:
    """The sentence names the file."""
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    with asking(good()) as (client, server, _), pytest.raises(SourceError, match="taken") as caught:
        client.download(f"{server.base}/a", None, tmp_path / "taken" / "file.json")
    assert "cannot be written" in str(caught.value)


def test_a_question_can_be_posted() -> None:
    """JSON and forms, repeated like any other after a hiccup."""
    with asking(First(good(), [Response(503)])) as (client, server, _):
        client.post(f"{server.base}/a", {"page": "1"}, json={"x": 1}, accept=JSON)
        client.post(f"{server.base}/a", form={"data": "q"}, accept=JSON)
    assert [request.method for request in server.requests] == ["POST"] * 3
    assert [request.body for request in server.requests] == [b'{"x":1}', b'{"x":1}', b"data=q"]
    assert server.requests[1].query == {"page": ["1"]}


def test_questions_keep_their_distance() -> None:
    """A service that asks for a few questions a second gets no more."""
    with asking(good(), pause_s=0.5) as (client, server, pauses):
        for _ in range(3):
            client.get(f"{server.base}/a")
    assert len(pauses) == 2
    assert all(0.3 < pause <= 0.5 for pause in pauses)
