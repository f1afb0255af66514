"""Answers of HTTP servers that mean harm, as raw bytes; MARK is in all that has room for it."""

import gzip
import zlib
from typing import Final

from tests.support.raw_server import Script, after_request

MARK: Final = "h0stile"
_M: Final = MARK.encode()
BOMB: Final = gzip.compress(bytes(10 << 20))
OK: Final = b"HTTP/1.1 200 OK\r\n"


def _sized(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = (b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


WHOLE: Final[dict[str, bytes]] = {
    "nothing": b"",
    "no HTTP": b"\x00\xff" + _M * 1_000,
    "another protocol": b"SSH-2.0-" + _M + b"\r\n",
    "half a status line": b"HTTP/1.",
    "half a head": OK + b"Content-Length: 5\r\nX-" + _M,
    "half a body": OK + b"Content-Length: 500\r\n\r\n" + _M,
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 7\r\n\r\n" + _M,
    "a negative length": OK + b"Content-Length: -1\r\n\r\n" + _M,
    "a length of words": OK + b"Content-Length: " + _M + b"\r\n\r\n",
    "a huge length": OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n" + _M,
    "length and chunks": OK + b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n" + _M + b"\r\n0\r\n\r\n",
    "a huge chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n" + _M,
    "a negative chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + _M,
    "chunks of one byte": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n",
    "chunks that never end": OK + b"Transfer-Encoding: chunked\r\n\r\n7\r\n" + _M,
    "a long chunk extension": OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + _M * 150_000 + b"\r\nx\r\n0\r\n\r\n",
    "an unknown encoding": OK + b"Transfer-Encoding: " + _M + b"\r\n\r\n" + _M,
    "status 999": _sized(_M, status=b"999 Odd"),
    "status 000": _sized(_M, status=b"000 Odd"),
    "status of two digits": _sized(_M, status=b"20"),
    "a long status": _sized(_M, status=b"2" * 10_000),
    "a long reason": _sized(b"", status=b"200 " + _M * 1_000),
    "an odd reason": _sized(b"", status=b"200 \xff\xfe\xed\xa0\x80"),
    "another version": b"HTTP/9.9 200 OK\r\n\r\n" + _M,
    "a body without a head": b"{}" + _M,
    "a header of 1 MB": OK + b"X-Long: " + _M * 150_000 + b"\r\n\r\n",
    "100,000 headers": OK + (b"X-" + _M + b": 1\r\n") * 100_000 + b"\r\n",
    "a header without a colon": OK + _M + b"\r\n\r\n",
    "NUL in a header": OK + b"Retry-After: \x00" + _M + b"\r\n\r\n",
    "bytes that are no text": _sized(_M, b"Retry-After: \xed\xa0\x80\xff", b"Location: \xff", status=b"503 Busy"),
    "a folded header": OK + b"X: a\r\n " + _M + b"\r\nContent-Length: 0\r\n\r\n",
    "30,000 interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 30_000 + _sized(_M),
    "interim answers with headers": (b"HTTP/1.1 102 Processing\r\nX: " + _M + b"\r\n\r\n") * 30_000 + _sized(_M),
    "100,000 folded lines": OK + b"X: a\r\n" + b" b\r\n" * 100_000 + b"Content-Length: 0\r\n\r\n",
    "100,000 trailers": OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: a\r\n" * 100_000 + b"\r\n",
    "10,000 answers": _sized(_M) * 10_000,
    "100,000 empty lines": b"\r\n" * 100_000 + _sized(_M),
    "an upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + _M + b"\r\nConnection: upgrade\r\n\r\n" + _M,
    "two answers": _sized(_M) * 2,
    "a body where none may be": _sized(_M, status=b"204 No Content"),
    "not modified": _sized(_M, status=b"304 Not Modified"),
    "a bomb": _sized(BOMB, b"Content-Encoding: gzip", b"Content-Type: application/json"),
    "a deflated bomb": _sized(zlib.compress(bytes(10 << 20)), b"Content-Encoding: deflate"),
    "no gzip": _sized(_M, b"Content-Encoding: gzip"),
    "ten encodings": _sized(_M, b"Content-Encoding: " + b", ".join([b"gzip"] * 10)),
    "an odd charset": _sized(_M, b"Content-Type: application/json; charset=" + _M),
    "10 MB": _sized(_M * (10 << 20 >> 3)),
    "1,000 cookies": _sized(_M, *[b"Set-Cookie: a%d=" % number + _M for number in range(1_000)]),
    "a redirect": _sized(_M, b"Location: http://169.254.169.254/latest/meta-data/" + _M, status=b"307 Elsewhere"),
    "a proxy's demand": _sized(_M, b"Proxy-Authenticate: Basic", status=b"407 Proxy"),
    "a challenge": _sized(_M, b"WWW-Authenticate: Digest " + _M * 1_000, status=b"401 Who"),
} | {
    f"a pause of {value[:12].decode('latin-1')!r}": _sized(
        _M, b"Retry-After: " + value, b"X-RateLimit-Reset: " + value, status=b"429 Busy"
    )
    for value in (
        b"-1",
        b"1e400",
        b"9" * 30,
        b"9" * 6_000,
        b"nan",
        b"Thu, 01 Jan 99999 00:00:00 GMT",
        b"Thu, 31 Dec 9999 23:59:59 -2359",
        "\u0661\u0662".encode(),
        b"\xb2",
        b"",
    )
}

ANSWERS: Final[dict[str, Script]] = {name: after_request(answer) for name, answer in WHOLE.items()} | {
    "a reset": after_request(b"", resets=True),
    "a reset in the body": after_request(OK + b"Content-Length: 100\r\n\r\n" + _M, resets=True),
    "an endless body": after_request(OK + b"\r\n", endless=_M * 8_000),
    "an endless chunked body": after_request(
        OK + b"Transfer-Encoding: chunked\r\n\r\n", endless=b"1000\r\n" + b"x" * 4_096 + b"\r\n"
    ),
    "an endless header": after_request(OK + b"X: ", endless=_M * 8_000),
    "endless headers": after_request(OK, endless=(b"X-" + _M + b": 1\r\n") * 4_000),
    "an endless status line": after_request(b"HTTP/1.1 200 ", endless=_M * 8_000),
}

DOCUMENTS: Final[dict[str, bytes]] = {
    "deep": b"[" * 30_000,
    "deep objects": b'{"a":' * 10_000,
    "a number of 20,000 digits": b'{"Successful": [{"Id": ' + b"9" * 20_000 + b"}]}",
    "infinite": b'{"Successful": Infinity, "Failed": NaN}',
    "lone surrogates": b'{"Successful": [{"Id": "0", "MessageId": "\\ud800"}], "keys": ["\\udfff"]}',
    "no UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a mark before it": b"\xef\xbb\xbf{}",
    "a text": b'"' + _M + b'"',
    "nothing": b"null",
    "empty": b"",
    "a name twice": b'{"Successful": [], "Successful": 5}',
    "a hundred thousand names": b"{" + b",".join(b'"%d":0' % number for number in range(100_000)) + b"}",
    "XML": b"<a>" + _M + b"</a>",
    "XML entities": (
        b'<!DOCTYPE a [<!ENTITY a "'
        + _M
        + b'">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9))
        + b"]><PublishBatchResponse><PublishBatchResult>&a8;</PublishBatchResult></PublishBatchResponse>"
    ),
    "deep XML": b"<a>" * 20_000,
    "keys that are none": b'{"keys": {"kty": "RSA"}}',
    "odd keys": b'{"keys": [5, null, {"kty": 5}, {"kty": "RSA", "n": "!", "e": ""}, {"kty": "oct", "k": ""}]}',
}
