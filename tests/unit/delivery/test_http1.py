"""Reading answers of HTTP/1.1."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.delivery.http1 import KEPT_BYTES, MAX_BODY_BYTES, MAX_HEAD_BYTES, Answer, AnswerReader, BadAnswer

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

WHOLE = {
    OK + b"Content-Length: 2\r\n\r\nhi": (200, b"hi", True),
    OK + b"content-length:0\r\n\r\n": (200, b"", True),
    b"HTTP/1.1 204\r\n\r\n": (204, b"", True),
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n": (304, b"", True),
    b"HTTP/1.1 503 \r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n": (503, b"", True),
    OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nhi": (200, b"hi", False),
    OK + b"Content-Length: 2\r\nConnection: Keep-Alive, Close\r\n\r\nhi": (200, b"hi", False),
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi": (200, b"hi", False),
    CHUNKED + b"2\r\nhi\r\n0\r\n\r\n": (200, b"hi", True),
    CHUNKED + b"1;a=b\r\nh\r\n01 \r\ni\r\n0\r\nX-Trailer: 1\r\n\r\n": (200, b"hi", True),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n": (
        200,
        b"",
        True,
    ),
}

BAD = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "HTTP/2": b"HTTP/2 200\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a header without a colon": OK + b"oops\r\n\r\n",
    "a folded header": OK + b"a: b\r\n c\r\n\r\n",
    "a length that is no number": OK + b"Content-Length: ten\r\n\r\n",
    "a negative length": OK + b"Content-Length: -1\r\n\r\n",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a chunk without a length": CHUNKED + b"zz\r\n",
    "a chunk length without end": CHUNKED + b"1" * 2_000,
    "a head without end": OK + b"a: " + b"b" * MAX_HEAD_BYTES,
}


def read(*pieces: bytes) -> Answer | None:
    """The answer that is complete after the last piece, and not before."""
    reader = AnswerReader()
    for piece in pieces[:-1]:
        assert reader.feed(piece) is None
    return reader.feed(pieces[-1])


@pytest.mark.parametrize("raw", WHOLE)
def test_an_answer_is_read_to_its_end(raw: bytes) -> None:
    answer = read(raw)
    assert answer
    assert (answer.status, answer.body, answer.is_reusable) == WHOLE[raw]


@given(st.sampled_from(list(WHOLE)), st.data())
def test_it_is_the_same_in_any_pieces(raw: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(1, len(raw) - 1), unique=True).map(sorted))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert read(*pieces) == read(raw)


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_answer_is_refused(what: str) -> None:
    with pytest.raises(BadAnswer):
        read(BAD[what])


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(raw: bytes) -> None:
    for start in (b"", OK, CHUNKED):
        with suppress(BadAnswer):
            AnswerReader().feed(start + raw)


def test_headers_are_found_in_lower_case_and_repeated_ones_joined() -> None:
    answer = read(OK + b"Retry-After: 7\r\nVia: a\r\nVIA:  b \r\nContent-Length: 0\r\n\r\n")
    assert answer
    assert (answer.headers["retry-after"], answer.headers["via"]) == ("7", "a, b")


def test_bytes_after_the_answer_use_up_the_connection() -> None:
    for raw in (OK + b"Content-Length: 2\r\n\r\nhi!", CHUNKED + b"0\r\n\r\n!"):
        answer = read(raw)
        assert answer
        assert not answer.is_reusable


@pytest.mark.parametrize("start", [OK + b"Content-Length: 99999999\r\n\r\n", CHUNKED + b"ffffff\r\n", OK + b"\r\n"])
def test_a_long_body_is_not_read_to_its_end(start: bytes) -> None:
    reader, piece = AnswerReader(), b"x" * 8_192
    assert reader.feed(start) is None
    pieces = 0
    while (answer := reader.feed(piece)) is None:
        pieces += 1
    assert pieces * len(piece) <= MAX_BODY_BYTES
    assert answer.body == b"x" * KEPT_BYTES
    assert not answer.is_reusable


def test_trailers_without_end_are_not_read_to_their_end() -> None:
    reader = AnswerReader()
    answer = reader.feed(CHUNKED + b"0\r\n")
    while answer is None:
        answer = reader.feed(b"X-Trailer: 1\r\n" * 100)
    assert not answer.is_reusable


def test_a_body_that_ends_early_leaves_the_status() -> None:
    reader = AnswerReader()
    assert reader.feed(OK) is None
    assert reader.cut() is None, "no status without the whole head"
    assert reader.feed(b"Content-Length: 10\r\n\r\nhi") is None
    assert reader.cut() == Answer(200, {"content-length": "10"}, b"hi", is_reusable=False)
