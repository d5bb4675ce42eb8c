import io
import json
import logging
import re
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
from alerts import AT, alert, crowded_alert, digest_alert, event, fee_alert, item
from receivers import HOST, Answer, MailServer, Manners, Webhook

from monitor.errors import DeliveryError
from monitor.model import Alert, Channel, Delivery, Severity
from notifiers import open_notifier, validate_url
from notifiers.masking import masked, masked_url
from notifiers.retry_after import seconds_of
from notifiers.routing import route

DELIVERY = Delivery(id=7, alert="a1b2c3d4", channel="editors")
REPEAT = Delivery(id=7, alert="a1b2c3d4", channel="editors", maybe_duplicate=True)
PASSWORD = "s3cr3t-w0rd"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", HOST)


def mailto(server: MailServer, *, login: str = "bot", to: str = "ann@editors.test", options: str = "") -> str:
    return f"mailto://{login}@{HOST}:{server.port}/{to}?from=bot@stilltrue.test&mode=insecure{options}"


def send(url: str, made: Alert | None = None, delivery: Delivery = DELIVERY) -> None:
    open_notifier(url).send(made or fee_alert(), delivery=delivery)


def refusal(url: str, made: Alert | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(url, made)
    return caught.value


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_a_mail_arrives_with_every_part_whole() -> None:
    with MailServer() as server:
        send(mailto(server))
    [mail] = server.mails
    assert mail["Subject"] == "BC PNP: fee changed, 1 assumption to recheck"
    assert mail["To"] == "ann@editors.test"
    assert mail["From"] == "stilltrue <bot@stilltrue.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Stilltrue-Alert"] == "a1b2c3d4"
    assert mail.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "Application fee: $1,475 → $1,750" in part(mail, "plain")
    assert "[-$1,475-] {+$1,750+}" in part(mail, "plain")
    assert 'href="https://www.example.org/fees?a=1&amp;b=2#:~:text=application%20fee"' in part(mail, "html")
    assert "“The BC PNP application fee is $1,475.”" in part(mail, "html")
    assert not mail.defects


def test_a_repeated_mail_has_the_same_id() -> None:
    with MailServer() as server:
        send(mailto(server))
        send(mailto(server), delivery=REPEAT)
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert "may have had this message before" in part(second, "plain")


def test_a_line_of_dots_does_not_end_a_mail() -> None:
    made = alert(item(event("fee.changed", subject=".\r\n.\r\nRSET")), publisher=".")
    with MailServer() as server:
        send(mailto(server), made)
    assert "fee changed" in part(server.mails[0], "plain")


def test_all_who_are_named_get_one_mail_and_hidden_ones_stay_hidden() -> None:
    options = "&cc=cy@editors.test&bcc=hidden@editors.test&reply=desk@editors.test&+X-Desk=4"
    with MailServer() as server:
        send(mailto(server, to="ann@editors.test/bob@editors.test", options=options))
    [(sender, recipients)] = server.envelopes
    assert sender == "bot@stilltrue.test"
    assert sorted(recipients) == ["ann@editors.test", "bob@editors.test", "cy@editors.test", "hidden@editors.test"]
    [mail] = server.mails
    assert "hidden@" not in mail.as_string()
    assert (mail["Cc"], mail["Reply-To"], mail["X-Desk"]) == ("cy@editors.test", "desk@editors.test", "4")


def test_a_channel_may_ask_for_text_only() -> None:
    with MailServer() as server:
        send(mailto(server, options="&format=text"))
    assert server.mails[0].get_content_type() == "text/plain"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return


def mailtos(server: MailServer, password: str = PASSWORD) -> str:
    return f"mailtos://bot:{password}@{HOST}:{server.port}/ann@editors.test?from=bot@stilltrue.test&mode=starttls"


@pytest.mark.usefixtures("trusted")
def test_a_mail_goes_over_starttls_with_a_login(tls: ssl.SSLContext) -> None:
    with MailServer(Manners(tls=tls, login=("bot", PASSWORD))) as server:
        send(mailtos(server))
    assert len(server.mails) == 1
    assert server.logins == ["bot"]


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_final_and_not_shown(tls: ssl.SSLContext) -> None:
    with MailServer(Manners(tls=tls, login=("bot", "another"))) as server:
        error = refusal(mailtos(server))
    assert error.permanent
    assert "535" in str(error)
    assert PASSWORD not in str(error)


def test_a_certificate_nobody_trusts_is_refused_and_said(tls: ssl.SSLContext) -> None:
    with MailServer(Manners(tls=tls, login=("bot", PASSWORD))) as server:
        error = refusal(mailtos(server))
    assert "certificate is not trusted" in str(error)
    assert server.logins == []
    assert not error.maybe_accepted


def test_a_server_without_starttls_gets_no_password() -> None:
    with MailServer() as server:
        error = refusal(mailtos(server))
    assert "STARTTLS" in str(error)
    assert server.mails == []


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such user", True), ("450 try later", False)])
def test_a_refused_recipient_is_told_with_the_servers_words(answer: str, permanent: bool) -> None:
    with MailServer(Manners(refuse={"ann@editors.test": answer})) as server:
        error = refusal(mailto(server))
    assert answer in str(error)
    assert "ann@editors.test" in str(error)
    assert (error.permanent, error.maybe_accepted) == (permanent, False)
    assert server.mails == []


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such user", True), ("450 try later", False)])
def test_one_bad_recipient_does_not_keep_the_mail_from_the_others(answer: str, permanent: bool) -> None:
    with MailServer(Manners(refuse={"ann@editors.test": answer})) as server:
        error = refusal(mailto(server, to="ann@editors.test/bob@editors.test"))
    assert [recipients for _, recipients in server.envelopes] == [["bob@editors.test"]]
    assert (error.permanent, error.maybe_accepted) == (permanent, not permanent)


@pytest.mark.parametrize(("answer", "permanent"), [("554 looks like spam", True), ("451 busy", False)])
def test_a_mail_refused_after_its_text_was_not_accepted(answer: str, permanent: bool) -> None:
    with MailServer(Manners(after_data=answer)) as server:
        error = refusal(mailto(server))
    assert answer in str(error)
    assert (error.permanent, error.maybe_accepted) == (permanent, False)


@pytest.mark.parametrize("after_data", ["stall", "drop"])
def test_silence_after_the_text_may_mean_it_was_accepted(after_data: str) -> None:
    with MailServer(Manners(after_data=after_data)) as server:
        error = refusal(mailto(server, options="&rto=0.4"))
    assert error.maybe_accepted
    assert not error.permanent
    assert "after it had the text" in str(error)


def test_a_mail_server_that_is_not_there_took_nothing() -> None:
    with MailServer() as server:
        url = mailto(server)
    error = refusal(url)
    assert not error.maybe_accepted
    assert not error.permanent
    assert "before it had the text" in str(error)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    """A receiver in Slack's webhook protocol in the place of Slack's fixed address."""
    from apprise.plugins.slack import NotifySlack  # noqa: PLC0415 - heavy, only these tests need it

    with Webhook(slack=True) as hook:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{HOST}:{hook.port}/services")
        yield hook


SLACK_URL = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"


def test_slack_gets_blocks_in_its_own_markup(slack: Webhook) -> None:
    send(SLACK_URL)
    [(path, posted)] = slack.posts
    assert path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
    header, section = posted["attachments"][0]["blocks"]
    assert header["text"] == {
        "type": "plain_text",
        "text": "BC PNP: fee changed, 1 assumption to recheck",
        "emoji": True,
    }
    assert section["text"]["type"] == "mrkdwn"
    assert "> The application fee is ~$1,475~ *$1,750* for each worker." in section["text"]["text"]
    assert (
        "<https://www.example.org/fees?a=1&amp;b=2#:~:text=application%20fee|official page>" in section["text"]["text"]
    )


def test_slack_takes_a_digest(slack: Webhook) -> None:
    send(SLACK_URL, digest_alert())
    [(_, posted)] = slack.posts
    assert "What changed: IRCC" in json.dumps(posted)


def test_a_digest_is_one_mail_that_keeps_its_name() -> None:
    with MailServer() as server:
        for _ in range(2):
            send(
                f"mailto://bot@{HOST}:{server.port}/ann@editors.test?from=bot@stilltrue.test&mode=insecure",
                digest_alert(),
            )
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == "Digest: 3 changes by BC PNP and IRCC, 2 assumptions to recheck"
    for kind in ("plain", "html"):
        assert "BC PNP" in part(first, kind)
        assert "Recheck in families".casefold() in part(first, kind).casefold()
        assert "Messages to ops cannot be delivered." in part(first, kind)


def test_slack_takes_even_the_longest_alert(slack: Webhook) -> None:
    send(SLACK_URL, crowded_alert(80, 3_000))
    assert len(slack.posts) == 1


def test_no_ping_reaches_slack(slack: Webhook) -> None:
    text = "<!channel> <!here|here> <@U123> @channel @here <https://evil.test|click>"
    send(SLACK_URL, alert(item(event("fee.changed", subject=text)), publisher=text))
    posted = json.dumps(slack.posts[0][1], ensure_ascii=False)
    assert "&lt;!channel&gt;" in posted
    assert not re.search(r"<[!@#h]", posted)
    assert "@here" not in json.dumps(slack.posts[0][1]["attachments"][0]["blocks"][1], ensure_ascii=False)


@pytest.mark.parametrize(
    ("answer", "permanent", "maybe_accepted"),
    [
        (Answer(status=429, body=b"rate_limited", headers={"Retry-After": "30"}), False, False),
        (Answer(status=500, body=b"rollup_error"), False, False),
        (Answer(status=404, body=b"no_service"), True, False),
        (Answer(status=403, body=b"invalid_token"), True, False),
        (Answer(status=504), False, True),
        (Answer(act="stall"), False, True),
        (Answer(act="drop"), False, True),
    ],
)
def test_what_slack_answers_decides_what_comes_next(
    slack: Webhook, answer: Answer, permanent: bool, maybe_accepted: bool
) -> None:
    slack.answers.append(answer)
    error = refusal(SLACK_URL + "?rto=0.4")
    assert (error.permanent, error.maybe_accepted) == (permanent, maybe_accepted)
    for secret in ("T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7"):
        assert secret not in str(error)
    assert answer.act != "answer" or str(answer.status) in str(error)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30.0), (" 5 ", 5.0), ("Thu, 28 May 2026 18:06:00 GMT", 60.0), ("soon", None), ("-3", None), (None, None)],
)
def test_a_wait_is_read_as_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_of(header, AT) == seconds


def test_slack_says_how_long_to_wait(slack: Webhook) -> None:
    slack.answers += [Answer(status=429, headers={"Retry-After": "30"}), Answer(status=500)]
    assert refusal(SLACK_URL).retry_after == 30.0
    assert refusal(SLACK_URL).retry_after is None


def test_any_webhook_says_how_long_to_wait() -> None:
    with Webhook(Answer(status=503, headers={"Retry-After": "120"})) as hook:
        assert refusal(f"json://{HOST}:{hook.port}/").retry_after == 120.0


@pytest.mark.parametrize(
    ("options", "shows"),
    [
        ("", "  Official words: The application fee is [-$1,475-] {+$1,750+} for each worker."),
        ("?format=markdown", "> The application fee is ~~$1,475~~ **$1,750** for each worker."),
        ("?format=html", "<h1"),
    ],
)
def test_programs_get_plain_text_unless_the_address_asks_for_more(options: str, shows: str) -> None:
    with Webhook() as hook:
        send(f"json://{HOST}:{hook.port}/in{options}")
    [(path, posted)] = hook.posts
    assert path == "/in"
    assert posted["title"] == "BC PNP: fee changed, 1 assumption to recheck"
    assert shows in posted["message"]


def test_a_service_that_is_not_there_is_tried_again() -> None:
    with Webhook() as hook:
        url = f"json://user:{PASSWORD}@{HOST}:{hook.port}/in/{PASSWORD}?token={PASSWORD}"
    error = refusal(url)
    assert (error.permanent, error.maybe_accepted) == (False, False)
    assert PASSWORD not in str(error)
    assert "Connection" in str(error)


class Heard(logging.Handler):
    """What reaches the program's own log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.names: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.names.append(record.name)


def test_apprises_log_never_reaches_ours(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heard = Heard()
    logging.getLogger().addHandler(heard)
    try:
        with Webhook(Answer(status=500)) as hook:
            refusal(f"json://user:{PASSWORD}@{HOST}:{hook.port}/in")
    finally:
        logging.getLogger().removeHandler(heard)
    assert [name for name in heard.names if name.startswith(("apprise", "urllib3"))] == []


@pytest.mark.parametrize(
    "url",
    [
        "console://",
        "journal:///var/log/x.jsonl",
        "journal://alerts.jsonl",
        "mailto://bot:pw@example.org",
        SLACK_URL,
        "json://localhost/",
    ],
)
def test_a_good_address_has_no_problem(url: str) -> None:
    assert validate_url(url) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "scheme"),
        ("nonsense", "scheme"),
        ("mialto://bot:s3cr3t@example.org", "mialto://"),
        ("slack://T1JJ3T3L2/s3cr3t", "lacks something"),
        ("https://example.org/s3cr3t", "lacks something"),
        ("journal://", "needs a file"),
    ],
)
def test_a_bad_address_says_what_is_wrong_but_no_secret(url: str, says: str) -> None:
    problem = validate_url(url)
    assert problem is not None
    assert says in problem
    assert "s3cr3t" not in problem
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        open_notifier(url)
    assert "s3cr3t" not in str(caught.value)


def test_masking_hides_every_spelling_of_a_secret() -> None:
    url = "json://me:p%40ssword@host.test/to%2Fken?key=abc%20def"
    text = masked("p@ssword p%40ssword to/ken to%2Fken abc def json://me:p%40ssword@host.test/x?y", url)
    assert "ssword" not in text
    assert "ken" not in text
    assert "abc" not in text
    assert masked_url(url) == "json://host.test"
    assert masked_url("tgram://123:token/456") == "tgram://***"


class Narrow(io.TextIOWrapper):
    """A console that knows no more than ASCII."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="ascii")


def test_the_console_prints_plain_text_in_what_it_can_show() -> None:
    stream = io.StringIO()
    open_notifier("console://", stream=stream).send(fee_alert(), delivery=DELIVERY)
    assert "Application fee: $1,475 → $1,750" in stream.getvalue()
    narrow = Narrow()
    open_notifier("console://", stream=narrow).send(fee_alert(), delivery=DELIVERY)
    narrow.seek(0)
    assert "$1,475 ? $1,750" in narrow.read()


def test_a_closed_console_is_a_failed_delivery() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError):
        open_notifier("console://", stream=stream).send(fee_alert(), delivery=DELIVERY)


def test_the_journal_gets_one_line_an_alert_even_after_a_torn_one(tmp_path: Path) -> None:
    notifier = open_notifier("journal://alerts.jsonl", folder=tmp_path)
    notifier.send(fee_alert(), delivery=DELIVERY)
    with (tmp_path / "alerts.jsonl").open("a") as file:
        file.write('{"torn')
    notifier.send(fee_alert(), delivery=REPEAT)
    first, torn, last = (tmp_path / "alerts.jsonl").read_text().splitlines()
    assert torn == '{"torn'
    assert [json.loads(line)["maybe_duplicate"] for line in (first, last)] == [False, True]
    told = json.loads(first)
    assert (told["alert"], told["channel"], told["publisher"]) == ("a1b2c3d4", "editors", "BC PNP")
    assert told["items"][0]["event"]["kind"] == "fee.changed"


def test_a_journal_that_cannot_be_written_is_a_failed_delivery(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="cannot write"):
        open_notifier(f"journal://{tmp_path}/missing/alerts.jsonl").send(fee_alert(), delivery=DELIVERY)


FEE = fee_alert().items[0]
LOOSE = item(event("draw.new", publisher="IRCC"))
FIRST = item(None, FEE.affects[0], C44="…")


@pytest.mark.parametrize(
    ("channel", "gets"),
    [
        ({}, (FEE, LOOSE, FIRST)),
        ({"guides": ("it-workers",)}, (FEE, FIRST)),
        ({"guides": ("other",)}, ()),
        ({"publishers": ("bc pnp",)}, (FEE, FIRST)),
        ({"publishers": ("IRCC",)}, (LOOSE,)),
        ({"kinds": ("fee",)}, (FEE, FIRST)),
        ({"kinds": ("draw.new", "rule")}, (LOOSE, FIRST)),
        ({"owners": ("ann",)}, (FEE, FIRST)),
        ({"owners": ("bob",)}, ()),
        ({"owners": ("ann",), "kinds": ("draw",)}, (FIRST,)),
        ({"min_severity": Severity.NOTICE}, (FEE, LOOSE, FIRST)),
        ({"min_severity": Severity.URGENT}, ()),
    ],
)
def test_a_channel_hears_what_its_filters_ask_for(channel: dict[str, object], gets: tuple[object, ...]) -> None:
    named = Channel(name="desk", url="console://", **channel)  # type: ignore[arg-type]
    routed = route(
        (FEE, LOOSE, FIRST),
        publisher="BC PNP",
        severity=Severity.NOTICE,
        channels=[named],
        owners={("it-workers", "C44"): "ann"},
    )
    assert routed == ({"desk": gets} if gets else {})
