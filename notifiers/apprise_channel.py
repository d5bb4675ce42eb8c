"""The edge to every service Apprise knows: one Apprise object per destination, its own log read for what went wrong.

Apprise is imported only when a destination is opened: it is heavy. It swallows exceptions and logs them, at debug
level with addresses in them; so its loggers are cut off from ours and read here, masked.
"""

import logging
import re
import warnings
from email.utils import formataddr
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qs

from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Severity
from notifiers.escaping import one_line
from notifiers.mail import MailRoute, compose, send_mail
from notifiers.masking import hide, masked, masked_url
from notifiers.message import Message, render
from notifiers.retry_after import Ear

if TYPE_CHECKING:
    from apprise import NotifyBase, NotifyFormat
    from apprise.result import AppriseResult

READ_TIMEOUT: Final = 15.0
"""Seconds; Apprise's own 4 are short for a busy chat service, and a time-out may mean a second copy."""
_NAME: Final = "stilltrue"
_NO_PGP: Final = "no"
_DEFAULT_ROOM = 20_000
_STATUS = re.compile(r"\berror=(\d{3})\b")
_FINAL_STATUS = frozenset(range(400, 500)) - {408, 425, 429}
"""RFC 9110 15.5: asking again will not help; but for time-out, too early and too many."""
_LOST_AFTER_SENDING = re.compile(r"Read timed out|RemoteDisconnected|Connection aborted|IncompleteRead|ConnectionReset")
_DATA_HOOKS = frozenset({"NotifyJSON", "NotifyXML", "NotifyForm", "NotifyAppriseAPI", "NotifyAMQP"})
_TOLD_LEVELS = frozenset({"WARNING", "ERROR", "CRITICAL"})
_TYPES: Final = {Severity.INFO: "info", Severity.NOTICE: "info", Severity.URGENT: "warning"}


class AppriseNotifier:
    """Sends alerts to one Apprise address, in the form its service reads best."""

    def __init__(self, url: str) -> None:
        """Raise ValueError, without the address's secrets, when Apprise cannot read the address."""
        problem = validate_url(url)
        plugin = _find_plugin(url)
        if problem is not None or plugin is None:
            raise ValueError(problem)
        self._url = url
        self._plugin = plugin
        self._ear = Ear(plugin)
        self._destination = _apprise().Apprise(asset=plugin.asset)
        self._destination.add(plugin)

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        """Deliver now; raises DeliveryError when the service did not take it or did not say so."""
        message = render(alert, delivery, room=self._room())
        if _is_unsigned_mail(self._plugin):
            self._send_mail(alert, message)
        else:
            self._notify(alert, message)

    def _send_mail(self, alert: Alert, message: Message) -> None:
        route = _mail_route(self._plugin)
        try:
            send_mail(route, compose(route, alert, message))
        except DeliveryError as error:
            text = hide(str(error), self._plugin.password)
            raise DeliveryError(text, permanent=error.permanent, maybe_accepted=error.maybe_accepted) from None

    def _notify(self, alert: Alert, message: Message) -> None:
        body, body_format = _form(self._plugin, message)
        self._ear.seconds = None
        result = self._destination.notify(
            body=body,
            title=message.subject,
            body_format=body_format,
            notify_type=_TYPES[alert.severity],
            log_level=logging.DEBUG,
        )
        if not result:
            raise _failure(result, self._url, asked=self._ear.seconds)

    def _room(self) -> int:
        """Characters a body may take: some less than the service's limit, whose dialect may need escapes of its own."""
        most = int(self._plugin.body_maxlen or 0)
        return max(most // 2, most - 500) if most else _DEFAULT_ROOM


def validate_url(url: str) -> str | None:
    """What is wrong with an Apprise address, without its secrets and without sending; None when it can be used."""
    scheme, separator, _ = url.partition("://")
    if not separator:
        return "a destination is an address with a scheme, such as mailto://… or slack://…"
    if scheme.lower() not in {"http", "https", *_known_schemes()}:
        return f"Apprise knows no destination {one_line(scheme, 40)}://"
    if _find_plugin(url) is None:
        return f"{masked_url(url)} lacks something this destination needs; see its page on appriseit.com"
    return None


def _form(plugin: "NotifyBase", message: Message) -> tuple[str, "NotifyFormat | None"]:
    """The body and the format it is declared in; None for text that Apprise must not touch.

    Chats that know Markdown get it, mail services HTML, and what hands data on to programs plain text, unless the
    address says otherwise (``?format=…``).
    """
    formats = _apprise().NotifyFormat
    if _takes_slack_blocks(plugin):
        return message.slack, None
    own, if_markdown = plugin.resolve_format(None), plugin.resolve_format(formats.MARKDOWN)
    if if_markdown == formats.MARKDOWN and not (own == formats.TEXT and type(plugin).__name__ in _DATA_HOOKS):
        return message.markdown, formats.MARKDOWN
    if own == formats.HTML and len(message.html) <= plugin.body_maxlen:
        return message.html, formats.HTML
    return message.plain, formats.TEXT


def _failure(result: "AppriseResult", url: str, *, asked: float | None) -> DeliveryError:
    """What Apprise's log tells of a send that failed; it has no other account of it."""
    entries = list(result.logs())
    story = "\n".join(entry.message for entry in entries)
    statuses = {int(code) for code in _STATUS.findall(story)}
    timed_out = any(
        attempt.status.name == "TIMEOUT" and attempt.elapsed for each in result for attempt in each.attempts
    )
    told = [entry.message for entry in entries if entry.level in _TOLD_LEVELS or "Exception:" in entry.message]
    text = "; ".join(dict.fromkeys(told)) or "the service did not take it and gave no reason"
    return DeliveryError(
        masked(text, url),
        retry_after=asked,
        permanent=bool(statuses) and statuses <= _FINAL_STATUS,
        maybe_accepted=timed_out or bool(_LOST_AFTER_SENDING.search(story)) or 504 in statuses,  # noqa: PLR2004 - RFC 9110 15.6.5: a gateway gave up waiting
    )


def _takes_slack_blocks(plugin: "NotifyBase") -> bool:
    from apprise.plugins.slack import NotifySlack, SlackMode  # noqa: PLC0415 - heavy, only where used

    formats = _apprise().NotifyFormat
    return (
        isinstance(plugin, NotifySlack)
        and plugin.mode in {SlackMode.WEBHOOK, SlackMode.WEBHOOK_GOV, SlackMode.BOT}
        and not plugin.template
        and plugin.resolve_format(formats.MARKDOWN) == formats.MARKDOWN
    )


def _is_unsigned_mail(plugin: "NotifyBase") -> bool:
    """Whether it is plain SMTP; what PGP signs or encrypts, Apprise must make itself."""
    from apprise.plugins.email import NotifyEmail  # noqa: PLC0415 - heavy, only where used

    return type(plugin) is NotifyEmail and plugin.pgp_mode == _NO_PGP


def _mail_route(plugin: "NotifyBase") -> MailRoute:
    mail: Any = plugin
    formats = _apprise().NotifyFormat
    return MailRoute(
        host=mail.smtp_host,
        port=mail.port,
        secure=mail.secure_mode,
        user=mail.user,
        password=mail.password,
        verify=mail.verify_certificate,
        timeout=mail.socket_read_timeout,
        sender=(mail.from_addr[0] or _NAME, mail.from_addr[1]),
        to=tuple(_named(name or None, address) for name, address in mail.targets),
        cc=tuple(_named(mail.names.get(address), address) for address in sorted(mail.cc)),
        bcc=tuple(sorted(mail.bcc)),
        reply_to=tuple(_named(mail.names.get(address), address) for address in sorted(mail.reply_to)),
        headers=dict(mail.headers),
        html=mail.resolve_format(formats.HTML) == formats.HTML,
    )


def _named(name: str | None, address: str) -> str:
    return formataddr((name or "", address), charset="utf-8")


def _find_plugin(url: str) -> "NotifyBase | None":
    apprise = _apprise()
    asset = apprise.AppriseAsset(app_id=_NAME, app_desc=_NAME, app_url="", image_url_mask="", image_url_logo="")
    plugin: Any = apprise.Apprise.instantiate(url, asset=asset)
    if plugin is None:
        return None
    if "rto" not in parse_qs(url.partition("?")[2]):
        plugin.socket_read_timeout = READ_TIMEOUT
    if _takes_slack_blocks(plugin):
        plugin.use_blocks = True
        plugin.include_footer = False
    return cast("NotifyBase", plugin)


@cache
def _known_schemes() -> frozenset[str]:
    _apprise()
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 - heavy, only where used

    manager: Any = NotificationManager
    return frozenset(manager().schemas())


@cache
def _apprise() -> ModuleType:
    with warnings.catch_warnings():
        # What its many plugins import is not ours to mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise  # noqa: PLC0415 - heavy, only where used
        from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 - same

        manager: Any = NotificationManager
        manager().load_modules()
    for name, level in (("apprise", logging.DEBUG), ("urllib3", logging.CRITICAL)):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
    return apprise
