"""JSON of message bodies: UTF-8, compact, and only of characters that every destination takes."""

import json
import re
from typing import Any, Final

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

_REFUSED: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What UTF-8 does not encode, and what SQS and SNS refuse of the characters that JSON leaves as they are."""


def json_body(value: Any) -> bytes:
    """The value in JSON. Text of any script stays as it is: escaped, it would be two to three times as long."""
    return _REFUSED.sub(_escaped, _ENCODER.encode(value)).encode()


def _escaped(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"
