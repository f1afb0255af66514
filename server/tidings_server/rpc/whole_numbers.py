"""Whole numbers of rows as fields of messages hold them.

Gates keep stored numbers within their fields; a row that holds more all the same is printed with the nearest number of
its field, so that it makes no list fail.
"""

from typing import Final

_INT32: Final = 2**31
_UINT32: Final = 2**32


def int32(number: int) -> int:
    """The nearest number of an `int32` field."""
    return max(-_INT32, min(_INT32 - 1, number))


def uint32(number: int) -> int:
    """The nearest number of a `uint32` field."""
    return max(0, min(_UINT32 - 1, number))
