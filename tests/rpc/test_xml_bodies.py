"""JSON as XML and back, and XML that is refused."""

import json
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.processor_time import processor_seconds
from tidings_server.platform.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType
from tidings_server.rpc.xml_bodies import printed, read


def test_a_document_has_the_names_of_json() -> None:
    values = {"id": 5, "trigger": {"cron": "0 8 * * *", "a b": [1, "x"], "deep": {"xmlns": True}}, "none": None}
    assert printed("scheduledEvent", values) == (
        '<scheduledEvent xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id>5</id><trigger>'
        '<entry key="a b">1</entry><entry key="a b">x</entry><cron>0 8 * * *</cron>'
        '<deep><entry key="xmlns">true</entry></deep></trigger><none xsi:nil="true"/></scheduledEvent>'
    )
    assert printed("events", {"event": []}) == "<events/>"
    assert printed("error", {"text": 'é <&> "\n'}) == '<error><text>&#233; &lt;&amp;&gt; "&#10;</text></error>'


def test_leaves_are_texts_and_repeated_elements_are_lists() -> None:
    document = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<e xmlns="urn:any" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        b'<a> 1 </a>\n<b>x</b><b>y</b><b>z</b><c/><d xsi:nil="true"/><entry key="a b">v</entry><f><g>h</g></f></e>'
    )
    assert read(document, "e") == {
        "a": " 1 ", "b": ["x", "y", "z"], "c": "", "d": None, "a b": "v", "f": {"g": "h"}
    }  # fmt: skip
    assert read(b"<e/>", "e") == read(b"<e></e>", "e") == {}


_NAMES = st.text(max_size=8)
_LEAVES = st.one_of(st.text(max_size=20), st.none())
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.dictionaries(_NAMES, inner, min_size=1, max_size=3), st.lists(_LEAVES, min_size=2, max_size=3)
    ),
    max_leaves=10,
)
_NO_CHARACTERS = {*map(chr, range(32)), "\ufffe", "\uffff", *map(chr, range(0xD800, 0xE000))} - {"\t", "\n", "\r"}


def _storable(value: object) -> bool:
    return not _NO_CHARACTERS & set(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()) and (
        not _NO_CHARACTERS & set("".join(_texts(value)))
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for name, inner in value.items() for text in (name, *_texts(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


@given(st.dictionaries(_NAMES, _VALUES, max_size=4).filter(_storable))
def test_a_printed_document_parses_to_itself(values: dict[str, Any]) -> None:
    document = printed("root", values)
    assert document.isascii()
    assert "\n" not in document
    assert read(document.encode(), "root") == values


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_whatever_is_printed_is_well_formed(values: dict[str, str]) -> None:
    ET.fromstring(printed("root", values))


BOMB = (
    b'<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><e><a>&c;</a></e>'
)


@pytest.mark.parametrize(
    "document",
    [
        b"", b"<e>", b"<e></f>", b"x", b"<e/><e/>", b"<e a=1/>", b"<e>&unknown;</e>", b"<e>\x01</e>", b"<e>\xff</e>",
        b"<other/>", b"<e>text</e>", b"<e><a>text<b/></a></e>", BOMB,
        b'<!DOCTYPE e SYSTEM "http://example.com/e.dtd"><e/>',
        b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]><e>&x;</e>',
        b'<e xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><a xsi:nil="true">x</a></e>',
        b"<e>" + 40 * b"<a>" + 40 * b"</a>" + b"</e>",
    ],
)  # fmt: skip
def test_an_invalid_document_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(document, "e")


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "utf-16", "UTF-7"])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read(f"<?xml version='1.0' encoding='{encoding}'?><e/>".encode(), "e")


def test_a_deep_document_is_refused_without_going_down_it() -> None:
    with pytest.raises(InvalidInput, match="deeper"):
        read(b"<e>" * 40_000, "e")


SIZE = 128 * 1024
HELD_S = 0.05
"""Over twice what may hold the loop: another process may share the core's caches."""


@pytest.mark.parametrize(
    "content",
    [
        "<a/>" * (SIZE // 4),
        "".join(f"<a{number}/>" for number in range(SIZE // 9)),
        "<a " + " ".join(f'a{number}=""' for number in range(SIZE // 11)) + "/>",
        "<a " + " ".join(f'xmlns:a{number}="u{number}"' for number in range(SIZE // 24)) + "/>",
        "&#65;" * (SIZE // 6),
        "<!---->" * (SIZE // 8),
        "<?a?>" * (SIZE // 6),
        "<![CDATA[a]]>" * (SIZE // 14),
        '<entry key="a">x</entry>' * (SIZE // 25),
        "\n" * (SIZE - 100),
    ],
    ids=[
        "elements",
        "names",
        "attributes",
        "namespaces",
        "references",
        "comments",
        "instructions",
        "cdata",
        "entries",
        "lines",
    ],
)
def test_no_document_is_read_for_long(content: str) -> None:
    document = f"<e>{content}</e>".encode()

    def read_or_refuse() -> None:
        with suppress(InvalidInput):
            read(document, "e")

    assert processor_seconds(read_or_refuse) < HELD_S


def test_a_document_has_bounds() -> None:
    with pytest.raises(PayloadTooLarge):
        read(b"<e>" + b"x" * SIZE + b"</e>", "e")
    with pytest.raises(InvalidInput, match="5,000 elements"):
        read(b"<e>" + b"<a/>" * 5_000 + b"</e>", "e")
