"""The edge to a mail server: one alert as one message, with its own plain part and a name that stays the same.

Apprise reads the address; the message is made and sent here because only so is it known whether a failure came
before or after the server had the text, what it answered, and that a repeat carries the same id.
"""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from msgspec import Struct, field

from monitor.errors import DeliveryError
from monitor.model import Alert, digest
from notifiers.escaping import one_line
from notifiers.message import Message

_ANSWER_LENGTH = 200
_PERMANENT = range(500, 600)
_TAKEN = frozenset({250, 251})

_Refusals = dict[str, tuple[int, bytes]]


class MailRoute(Struct, frozen=True, kw_only=True):
    """How to reach the mail server and whom to write to; ``secure`` is insecure, starttls or ssl."""

    host: str
    port: int
    secure: str
    user: str | None
    password: str | None
    verify: bool
    timeout: float
    sender: tuple[str, str]
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    html: bool = True


def compose(route: MailRoute, alert: Alert, message: Message) -> EmailMessage:
    """The mail: plain and HTML parts; Message-ID made from the alert, so that mail readers drop a repeat."""
    name, address = route.sender
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.subject
    mail["From"] = Address(display_name=one_line(name), addr_spec=address)
    mail["To"] = ", ".join(route.to)
    if route.cc:
        mail["Cc"] = ", ".join(route.cc)
    if route.reply_to:
        mail["Reply-To"] = ", ".join(route.reply_to)
    mail["Date"] = format_datetime(alert.created_at.replace(microsecond=0))
    mail["Message-ID"] = f"<{digest('mail', alert.id, *route.to)}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Stilltrue-Alert"] = one_line(alert.id, 80)
    for header, text in route.headers.items():
        if header not in mail:
            mail[header] = one_line(text)
    mail.set_content(message.plain, cte="quoted-printable")
    if route.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail


def send_mail(route: MailRoute, mail: EmailMessage) -> None:
    """Hand the mail to the server; raises DeliveryError with what it answered.

    A refused recipient does not keep the mail from the others. When all the refusals are final, nothing is tried
    again; when one may pass later, the whole is, under the same Message-ID.
    """
    handed_over = False
    try:
        with _connection(route) as server:
            refused = _envelope(server, route)
            _expect(354, *server.docmd("DATA"))
            handed_over = True
            server.send(_dotted(mail.as_bytes()))
            _expect(250, *server.getreply())
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from None
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(_lost(error, handed_over=handed_over), maybe_accepted=handed_over) from None
    if refused:
        raise _refused(refused, accepted=True)


@contextlib.contextmanager
def _connection(route: MailRoute) -> Iterator[smtplib.SMTP]:
    server = _connect(route)
    try:
        if route.secure == "starttls":
            server.starttls(context=_tls(route))
        server.ehlo_or_helo_if_needed()
        if route.user and route.password:
            server.login(route.user, route.password)
        yield server
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()
    finally:
        server.close()


def _connect(route: MailRoute) -> smtplib.SMTP:
    if route.secure == "ssl":
        return smtplib.SMTP_SSL(route.host, route.port, timeout=route.timeout, context=_tls(route))
    return smtplib.SMTP(route.host, route.port, timeout=route.timeout)


def _tls(route: MailRoute) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not route.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _envelope(server: smtplib.SMTP, route: MailRoute) -> _Refusals:
    """Names the sender and the recipients; returns who was refused if not all were."""
    _expect(250, *server.mail(route.sender[1]))
    recipients = [parseaddr(recipient)[1] for recipient in dict.fromkeys((*route.to, *route.cc, *route.bcc))]
    answers = {address: server.rcpt(address) for address in recipients}
    refused = {address: answer for address, answer in answers.items() if answer[0] not in _TAKEN}
    if len(refused) == len(answers):
        raise _refused(refused, accepted=False)
    return refused


def _expect(wanted: int, code: int, answer: bytes) -> None:
    if code != wanted:
        raise smtplib.SMTPResponseException(code, answer)


def _dotted(text: bytes) -> bytes:
    """RFC 5321 4.5.2: a leading dot is doubled, a lone dot ends the text."""
    body = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in text.split(b"\r\n"))
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _refused(refusals: _Refusals, *, accepted: bool) -> DeliveryError:
    code, answer = next(iter(refusals.values()))
    others = "sent to the others, but " if accepted else ""
    final = all(code in _PERMANENT for code, _ in refusals.values())
    return DeliveryError(
        f"{others}recipient refused ({', '.join(refusals)}): {code} {_said(answer)}",
        permanent=final,
        maybe_accepted=accepted and not final,
    )


def _answered(code: int, answer: bytes | str) -> DeliveryError:
    return DeliveryError(f"the mail server answered {code} {_said(answer)}", permanent=code in _PERMANENT)


def _lost(error: Exception, *, handed_over: bool) -> str:
    where = "after it had the text" if handed_over else "before it had the text"
    what = "did not answer in time" if isinstance(error, TimeoutError) else f"was lost ({type(error).__name__})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"the mail server does not offer what the address asks for: {one_line(str(error), _ANSWER_LENGTH)}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the mail server's certificate is not trusted: {error.verify_message}"
    return f"the mail server {what} {where}"


def _said(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return one_line(text, _ANSWER_LENGTH)
