"""Rendering of mail requests when they are sent.

A template is up to three files, `<id>.subject.j2`, `<id>.txt.j2` and `<id>.html.j2`: the operator's own in the
directory that TIDINGS_MAIL_TEMPLATES names, or a built-in one of the four notifications and two reports in `builtin/`.
"""

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    Template,
    TemplateError,
    TemplateNotFound,
    select_autoescape,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tidings_server.delivery.message import NothingToSend, Payload
from tidings_server.mail.addresses import NO_ADDRESS, known_address
from tidings_server.mail.consent import MailConsent
from tidings_server.mail.message import CONTENT_TYPE, MailMessage
from tidings_server.mail.requests import MAX_SUBJECT, EmailRequest, email_of
from tidings_server.mail.template_faults import failure_fault
from tidings_server.mail.templates import RenderFailed, filled
from tidings_server.mail.unsubscribe_links import PLACEHOLDER, UNSUBSCRIBE_URL, Recipient, UnsubscribeLinks
from tidings_server.storage.log.records import StoredEvent

BUILTIN: Final = Path(__file__).parent / "builtin"
ERASED: Final = "the contents of the mail were erased"
SUFFIXES: Final = ("subject.j2", "txt.j2", "html.j2")


class MailRenderer:
    """Renders mail requests with the operator's and the built-in templates."""

    def __init__(
        self,
        directory: Path | None = None,
        *,
        has_remote_templates: bool = False,
        captures: bool = False,
        links: UnsubscribeLinks | None = None,
    ) -> None:
        """`directory` holds the operator's own templates.

        `has_remote_templates`: a mail service has the templates that requests name, and renders them itself.
        `captures`: mails are captured, and one with an unknown template is captured unrendered.
        `links`: those by which customers opt out.
        """
        self._captures = captures
        self._links = links
        own: list[BaseLoader] = [FileSystemLoader(directory)] if directory else []
        self._has_remote_templates = has_remote_templates
        self._environment = _environment(ChoiceLoader([*own, FileSystemLoader(BUILTIN)]))

    def render(self, request: EmailRequest) -> MailMessage:
        """The message of a request.

        Raises RenderFailed for an unknown template, or one that fails with its data, and NothingToSend for a request
        whose contents were erased, or to what is no address.
        """
        if request.subject or request.text or request.html:
            return _mail(request, request.subject, request.text, request.html)
        if not (request.template_id or request.fallback):
            raise NothingToSend(ERASED)
        if self._has_remote_templates and request.template_id:
            return _mail(request)
        parts = next(filter(any, map(self._find, (request.template_id, request.fallback))), None)
        if parts is None and self._captures:
            return _mail(request)
        if parts is None:
            raise RenderFailed("There is no such template.")
        subject, text, html = (filled(each, request.data) if each else "" for each in parts)
        return _mail(request, one_line(subject or self._fallback_subject(request)), text, html)

    def render_of(self, tenant: int, request: EmailRequest) -> MailMessage:
        """The message of a tenant's request, with the link to opt out, which templates have as `unsubscribe_url`."""
        consent = MailConsent.unpacked(request.consent)
        if self._links is None or consent is None:
            return self.render(request)
        url = self._links.url(Recipient(tenant, consent.by, consent.customer), request.to)
        mail = self.render(replace(request, data={**request.data, UNSUBSCRIBE_URL: url}))
        text, html = mail.text.replace(PLACEHOLDER, url), mail.html.replace(PLACEHOLDER, escape(url))
        return replace(mail, text=text, html=html, unsubscribe=url)

    def payload(self, event: StoredEvent) -> Payload:
        """The payload of an `email.requested` event for delivery. Raises as `render`."""
        mail = self.render_of(event.tenant_id, email_of(event))
        return Payload(mail.packed(), CONTENT_TYPE, headers={}, group=mail.to)

    def _find(self, name: str) -> list[Template | None]:
        """Subject, text and HTML part of a template; None for a part without a file."""
        return [self._part(f"{name}.{suffix}") for suffix in SUFFIXES] if name else []

    def _part(self, name: str) -> Template | None:
        if "/" in name or name.startswith(("_", ".")):
            return None
        try:
            return self._environment.get_template(name)
        except TemplateNotFound:
            return None
        except TemplateError as error:
            raise RenderFailed(f"The template {name} is none: {failure_fault(error)}.") from None

    def _fallback_subject(self, request: EmailRequest) -> str:
        """The built-in subject, for an operator's template without a subject file."""
        part = self._part(f"{request.fallback}.{SUFFIXES[0]}") if request.fallback else None
        return filled(part, request.data) if part else ""


def _mail(request: EmailRequest, subject: str = "", text: str = "", html: str = "") -> MailMessage:
    data: Mapping[str, Any] = request.data
    to = known_address(request.to)  # profiles keep an address as it was given
    if to is None:
        raise NothingToSend(NO_ADDRESS)
    return MailMessage(
        to=to,
        subject=subject,
        text=text,
        html=html,
        template_id=request.template_id,
        data=dict(data),
        fallback=request.fallback,
        consent=request.consent,
    )


def one_line(subject: str) -> str:
    """The subject without control characters, which template data may contain, cut to MAX_SUBJECT octets."""
    printable = subject if subject.isprintable() else "".join(char if char.isprintable() else " " for char in subject)
    return " ".join(printable.split()).encode()[:MAX_SUBJECT].decode(errors="ignore")


def _environment(loader: BaseLoader) -> Environment:
    return ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
