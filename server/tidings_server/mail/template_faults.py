"""Faults of templates in words of this server, each with its line.

What Jinja2 and Python say of a template repeats its text, breaks over lines and speaks of Python's own types.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from jinja2 import TemplateNotFound, TemplateSyntaxError, Undefined, UndefinedError
from jinja2.exceptions import SecurityError

_SUFFIX: Final = ".j2"
_TAGS: Final = frozenset({"if", "elif", "else", "endif", "for", "endfor"})
_ENDS: Final = {"end of print statement": "}}", "end of statement block": "%}"}
_ONE: Final = r"'([a-z ]{1,30}|[^\w\s]{1,2})'"
_EXPECTED: Final = (
    (re.compile(f"expected token {_ONE}, got"), "expected {}"),
    (re.compile(rf"unexpected '[^\w\s]{{1,2}}', expected {_ONE}"), "expected {}"),
    (re.compile(f"unexpected end of template, expected {_ONE}"), "the template ends where {} is expected"),
    (re.compile(r"Unexpected end of template\. .*following tags: ([a-z' ]+)\."), "the template ends without {}"),
)
_UNKNOWN_TAG: Final = re.compile(r"Encountered unknown tag '(\w+)'")
_BEGINNINGS: Final = (
    ("Expected an expression", "expected an expression"),
    ("expected name or number", "expected a name or a number"),
    ("unexpected char", "a sign that templates do not have, or a text without its closing quote"),
    ("unexpected '", "a bracket that was not opened"),
    ("tag name expected", "expected if or for"),
    ("can't assign to", "a loop needs a name for its items"),
    ("Missing end of comment", "a comment without #}"),
    ("Missing end of raw", "raw without endraw"),
    ("No filter named", "an unknown filter"),
)
_FAILURES: Final = (
    (UndefinedError, "something is not there, and so has no parts"),
    (TemplateNotFound, "a template that it includes is not there"),
    (SecurityError, "a template may not do this"),
    (ArithmeticError, "a calculation has no result"),
    (TypeError, "a value is not of the kind that is needed"),
)
_KINDS: Final[Sequence[tuple[type, str]]] = (
    (Undefined, "what is not there"),
    (type(None), "null"),
    (bool, "true or false"),
    (str, "a text"),
    (Mapping, "an object"),
    (Sequence, "a list"),
)


class TemplateFault(Exception):
    """A fault of a template, in one line that has nothing of the template's text."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"line {line}: {words}")


def syntax_fault(error: TemplateSyntaxError) -> TemplateFault:
    """The parser's error in words of this server."""
    return TemplateFault(error.lineno, _of_syntax(error.message or ""))


def failure_fault(error: Exception) -> TemplateFault:
    """The error of an operator's template with its data; the line is that of the template's file, 1 where unknown."""
    if isinstance(error, TemplateSyntaxError):
        return syntax_fault(error)
    words = next((words for kind, words in _FAILURES if isinstance(error, kind)), "a value does not fit")
    return TemplateFault(_line(error), words)


def kind_of(value: object) -> str:
    """The kind of a value, as people who write templates call it."""
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "a number")


def _of_syntax(message: str) -> str:
    for pattern, words in _EXPECTED:
        if found := pattern.match(message):
            return words.format(_ENDS.get(found[1], found[1]).replace("'", ""))
    if unknown := _UNKNOWN_TAG.match(message):
        tag = unknown[1]
        return f"{tag} out of its place" if tag in _TAGS else f"an unknown tag of {len(tag):,} characters"
    return next((words for beginning, words in _BEGINNINGS if message.startswith(beginning)), "bad syntax")


def _line(error: Exception) -> int:
    """The innermost line of a template's file in the error's traceback."""
    line, at = 1, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename.endswith(_SUFFIX):
            line = at.tb_lineno
        at = at.tb_next
    return line
