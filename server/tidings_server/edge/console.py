"""Envoy's routes to the console: the files of its bundle, its own Content-Security-Policy, the demo's credentials.

Envoy answers them by itself, as it does the REST reference: the server never sees such a request.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tidings_server.edge.policies import EnvoyConfig, console_policy
from tidings_server.platform.setting_rules import is_loopback

TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Media types of the files of a bundle, by their suffix; a file of another kind is not served."""

FOR_EVER = "public, max-age=31536000, immutable"
"""Cache of a file whose name holds the hash of its content."""

LOOPBACK_HOST = r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?"
FORWARDED = ("forwarded", "via", "x-forwarded-host", "x-real-ip")
"""Headers by which a proxy shows itself: behind one, an address of this machine says nothing of who asks."""

_FILTERS = "envoy.filters.http"
_OFF = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True, "config": {}}
_COMPRESSED = {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.compressor.v3.CompressorPerRoute",
    "overrides": {"response_direction_config": {}},
}


OFFERED = ("tenant", "client_id", "client_secret", "store", "store_api_key")
"""Those of the demo's credentials that are offered: a tenant's, never the operator's token."""

_PAGES: EnvoyConfig = {"safe_regex": {"regex": "/console(/([a-z]+(/.*)?)?)?"}}

_NO_FILE: EnvoyConfig = {"match": {"prefix": "/console/assets/"}, "direct_response": {"status": 404}}
"""A file of another version of the bundle, whose page must be loaded anew."""


def offered(demo: Mapping[str, object] | None, http_host: str, trusted_proxies: int) -> Mapping[str, str] | None:
    """Credentials that the console offers; None without a demo, and where others than this machine reach the server."""
    if demo is None or trusted_proxies or not is_loopback(http_host):
        return None
    return {name: str(demo[name]) for name in OFFERED}


def routes(bundle: Path, demo: Mapping[str, str] | None) -> str:
    """Routes of a bundle's files as items of a list in YAML, one a line; none without a bundle.

    `demo` is offered to pages of this machine's own console, if given.
    """
    if not (bundle / "index.html").exists():
        return ""
    found = [
        *_files(bundle),
        *(_other_methods({"path": path}) for path in _paths(bundle)),
        _NO_FILE,
        *([_demo(demo)] if demo else []),
        _page(bundle / "index.html"),
        _other_methods(_PAGES),
    ]
    return "\n".join(f"              - {json.dumps(route)}" for route in found)


def _files(bundle: Path) -> Iterator[EnvoyConfig]:
    for path, file in _paths(bundle).items():
        headers = {"content-type": TYPES[file.suffix], "cache-control": FOR_EVER}
        yield _answer({"path": path}, {"filename": str(file)}, headers)


def _paths(bundle: Path) -> Mapping[str, Path]:
    """Files of the bundle by the paths at which they are served."""
    files = sorted((bundle / "assets").iterdir())
    return {f"/console/assets/{file.name}": file for file in files if file.suffix in TYPES}


def _other_methods(match: EnvoyConfig) -> EnvoyConfig:
    """The route of a page for methods that do not read it: edge.lua answers 405 with what the route allows."""
    allow = {"filter_metadata": {f"{_FILTERS}.lua": {"allow": "GET, HEAD"}}}
    return {"match": match, "direct_response": {"status": 405}, "metadata": allow}


def _page(index: Path) -> EnvoyConfig:
    """The page, at the path of each screen, so that an address can be opened again and sent to others."""
    headers = {"content-type": TYPES[".html"], "content-security-policy": console_policy(), "cache-control": "no-cache"}
    return _answer(_PAGES, {"filename": str(index)}, headers)


def _demo(demo: Mapping[str, str]) -> EnvoyConfig:
    """Credentials of the demo tenant, which the page of this origin asks for; other pages and hosts get none."""
    match = {"path": "/console/demo.json"}
    asked: list[EnvoyConfig] = [
        {"name": ":authority", "string_match": {"safe_regex": {"regex": LOOPBACK_HOST}}},
        {"name": "sec-fetch-site", "string_match": {"exact": "same-origin"}},
        *({"name": name, "present_match": False} for name in FORWARDED),
    ]
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return _answer(match, {"inline_string": json.dumps(demo)}, headers, asked)


def _answer(
    match: Mapping[str, object], body: EnvoyConfig, headers: Mapping[str, str], asked: list[EnvoyConfig] | None = None
) -> EnvoyConfig:
    method = {"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD"}}}
    return {
        "match": {**match, "headers": [method, *(asked or [])]},
        "direct_response": {"status": 200, "body": body},
        "typed_per_filter_config": {
            f"{_FILTERS}.lua": _OFF,
            f"{_FILTERS}.grpc_json_transcoder": _OFF,
            f"{_FILTERS}.cors": _OFF,
            f"{_FILTERS}.compressor": _COMPRESSED,
        },
        "response_headers_to_add": [
            {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            for name, value in headers.items()
        ],
    }
