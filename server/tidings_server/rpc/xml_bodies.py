"""Conversion of JSON to XML and back.

Objects are elements with a child for each member, named as JSON names it; a name that XML has not is `<entry key="…">`.
Leaves are texts, a list repeats its element, null is an empty element with `xsi:nil="true"`. Read back, a leaf is a
text and a list of one is its item: XML does not distinguish them.
Source: WIRE.md 004 (c).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers.expat import ErrorString  # nosec - names errors; what reads is defusedxml
from xml.sax.saxutils import escape, quoteattr  # nosec - prints; what reads is defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from tidings_server.platform.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType
from tidings_server.platform.unknown_names import shown
from tidings_server.platform.value_shapes import shape_of

XML: Final = "application/xml"
MAX_DEPTH: Final = 32
MAX_BYTES: Final = 128 * 1024
MAX_ELEMENTS: Final = 5_000
"""Bounds of what holds the event loop: about 10 ms each. No request of the document needs a tenth of them."""

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_NIL: Final = f"{{{_XSI}}}nil"
_NAME: Final = re.compile(r"(?![Xx][Mm][Ll]|entry\Z)[A-Za-z_][A-Za-z0-9_.-]*")
_DECLARED: Final = re.compile(r"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_NO_CHARACTER: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ONE_LINE: Final = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_MALFORMED: Final = "The body is not well-formed XML"


def printed(root: str, values: Mapping[str, Any]) -> str:
    """The document of an object, in one line of ASCII. Characters that XML does not have become U+FFFD.

    The members of objects below it stand in the order of their names, since maps have none.
    """
    inner = "".join(_element(name, value) for name, value in values.items())
    declared = f' xmlns:xsi="{_XSI}"' if "xsi:nil" in inner else ""
    document = f"<{root}{declared}>{inner}</{root}>" if inner else f"<{root}/>"
    return document.encode("ascii", "xmlcharrefreplace").decode()


def read(data: bytes, root: str) -> dict[str, Any]:
    """The object of a document, whose root has that name.

    Raises InvalidInput for what is malformed, nested deeper than 32 levels, of more than 5,000 elements, or has a DTD,
    entities or references to the outside; PayloadTooLarge beyond 128 KiB; UnsupportedMediaType for another encoding
    than UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise PayloadTooLarge(f"XML must not be longer than {MAX_BYTES // 1024} KiB.")
    name, value = _document(_text(data))
    if name != root:
        raise InvalidInput(f"The root element must be <{root}>.")
    if value in ("", None):
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(f"<{root}> must have elements.")
    return value


def _element(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(_element(name, one) for one in value)
    tag, key = (name, "") if _NAME.fullmatch(name) else ("entry", f" key={quoteattr(_clean(name), _ONE_LINE)}")
    if value is None:
        return f'<{tag}{key} xsi:nil="true"/>'
    if isinstance(value, Mapping):
        content = "".join(_element(inner, value[inner]) for inner in sorted(value))
    else:
        content = escape(_clean(_leaf(value)), _ONE_LINE)
    return f"<{tag}{key}>{content}</{tag}>" if content else f"<{tag}{key}/>"


def _leaf(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clean(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", text)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("The body is not UTF-8.") from None
    declared = _DECLARED.match(text)
    if declared and declared[1].lower() != "utf-8":
        raise UnsupportedMediaType("XML must be in UTF-8.")
    return text


def _document(text: str) -> tuple[str, Any]:
    """Name and value of the root element."""
    reader = _Reader()
    parser = DefusedXMLParser(target=reader, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(text)
        parser.close()
    except DefusedXmlException:
        raise InvalidInput("XML must not have a DTD or entities.") from None
    except ParseError as error:
        line, column = error.position
        raise InvalidInput(f"{_MALFORMED}: {ErrorString(error.code)}, at line {line}, column {column + 1}.") from None
    return reader.result


class _Refused(Exception):
    """The content of one element breaks a rule."""

    def __init__(self, rule: str, shape: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.shape = shape


@dataclass(slots=True)
class _Open:
    """An element that is being read."""

    name: str
    is_null: bool
    texts: list[str] = field(default_factory=list)
    members: dict[str, Any] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)

    def add(self, name: str, value: Any) -> None:
        """A child; the second of a name makes a list."""
        if name not in self.members:
            self.members[name] = value
        elif name in self.lists:
            self.members[name].append(value)
        else:
            self.members[name] = [self.members[name], value]
            self.lists.add(name)

    def value(self) -> Any:
        text = "".join(self.texts)
        if self.is_null and (self.members or text):
            raise _Refused("must be empty where it is nil", shape_of(self.members or text))
        if self.members and text.strip():
            raise _Refused("must have a text or elements, not both", shape_of(self.members))
        if self.is_null:
            return None
        return self.members or text


class _Reader:
    """Target of the parser: collects the values."""

    def __init__(self) -> None:
        self._around = [_Open("", is_null=False)]
        self._elements = 0

    @property
    def result(self) -> tuple[str, Any]:
        [(name, value)] = self._around[0].members.items()
        return name, value

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._around) > MAX_DEPTH:
            raise InvalidInput(f"XML must not be nested deeper than {MAX_DEPTH} levels.")
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise InvalidInput(f"XML must not have more than {MAX_ELEMENTS:,} elements.")
        local = tag.rpartition("}")[2]
        name = attributes.get("key", local) if local == "entry" else local
        self._around.append(_Open(name, attributes.get(_NIL) in {"true", "1"}))

    def data(self, text: str) -> None:
        self._around[-1].texts.append(text)

    def end(self, _tag: str) -> None:
        try:
            value = self._around[-1].value()
        except _Refused as refused:
            raise InvalidInput.of(self._path(), refused.rule, refused.shape) from None
        ended = self._around.pop()
        self._around[-1].add(ended.name, value)

    def _path(self) -> str:
        """Path of the element that is being read, from below the root; the root's own name for the root."""
        _, root, *below = (shown(each.name) for each in self._around)
        return ".".join(below) or root

    def close(self) -> None:
        """There is nothing to build."""
