"""Real receivers on 127.0.0.1 for tests: a mail server (aiosmtpd), and HTTP in Slack's incoming-webhook protocol.

Both run in a thread of their own, on a port the system chooses, and misbehave on demand.
"""

import asyncio
import json
import ssl
import threading
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from msgspec import Struct, field

HOST = "127.0.0.1"


class Manners(Struct, frozen=True, kw_only=True):
    """How a mail server behaves. ``refuse``: answers by recipient; ``after_data``: an answer, ``stall`` or ``drop``."""

    refuse: Mapping[str, str] = field(default_factory=dict)
    after_data: str = "250 OK"
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None


class MailServer:
    """A mail server; ``mails`` are those it accepted, parsed, ``envelopes`` their (sender, recipients)."""

    def __init__(self, manners: Manners | None = None) -> None:
        self.manners = manners or Manners()
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.logins: list[str] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._leave = asyncio.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(10), "the mail server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await self._loop.create_server(self._protocol, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._leave.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _protocol(self) -> SMTP:
        login = self.manners.login
        return SMTP(
            self,
            hostname="mail.test",
            loop=self._loop,
            tls_context=self.manners.tls,
            require_starttls=self.manners.tls is not None,
            authenticator=self._authenticate,
            auth_required=login is not None,
            auth_require_tls=self.manners.tls is not None,
        )

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> Any:
        given = (data.login.decode(), data.password.decode())
        self.logins.append(given[0])
        return AuthResult(success=given == self.manners.login, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.manners.refuse:
            return self.manners.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - same
        if self.manners.after_data == "stall":
            await self._leave.wait()
        content = envelope.original_content or b""
        if self.manners.after_data in {"250 OK", "drop"}:
            self.mails.append(message_from_bytes(content, policy=policy.default))
            self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        if self.manners.after_data == "drop":
            server.transport.abort()
        return self.manners.after_data


class Answer(Struct, frozen=True, kw_only=True):
    """What a webhook answers; ``act`` "stall" says nothing, "drop" closes without a word, both after reading all."""

    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    act: str = "answer"


class Webhook:
    """An HTTP receiver: ``posts`` are the (path, JSON) it got. Answers come from the script, then 200 ok for good.

    With ``slack`` it checks a post as Slack's incoming webhooks do, and refuses what Slack would.
    """

    def __init__(self, *answers: Answer, slack: bool = False) -> None:
        self.posts: list[tuple[str, Any]] = []
        self.answers = list(answers)
        self.slack = slack
        self._leave = threading.Event()
        self._server = ThreadingHTTPServer((HOST, 0), self._class())
        self._server.daemon_threads = False
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def answer(self, path: str, body: bytes) -> Answer:
        """Note a post and say how to answer it."""
        posted = json.loads(body)
        self.posts.append((path, posted))
        if self.answers:
            return self.answers.pop(0)
        problem = slack_problem(posted) if self.slack else None
        return Answer(status=400, body=problem.encode()) if problem else Answer()

    def _class(self) -> type[BaseHTTPRequestHandler]:
        hook, leave = self, self._leave

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer = hook.answer(self.path, self.rfile.read(int(self.headers["Content-Length"])))
                if answer.act == "stall":
                    leave.wait(10)
                if answer.act != "answer":
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Keep the test output clean."""

        return Handler


def slack_problem(posted: Any) -> str | None:
    """What Slack would answer to a post it cannot take: https://docs.slack.dev/reference/block-kit/blocks limits."""
    blocks = [block for each in posted.get("attachments", []) for block in each.get("blocks", [])]
    if not blocks and not posted.get("text"):
        return "no_text"
    limits = {"section": 3000, "header": 150}
    for block in blocks:
        text = block.get("text", {})
        if not 0 < len(text.get("text", "")) <= limits.get(block["type"], 3000):
            return "invalid_blocks"
        if (block["type"], text.get("type")) not in {("section", "mrkdwn"), ("header", "plain_text")}:
            return "invalid_blocks"
    return None
