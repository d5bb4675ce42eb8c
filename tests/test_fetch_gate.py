"""The gate, judged from outside: hostile addresses, hosts that stand for other places, and pinning."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

import pytest

from monitor.errors import FetchError
from monitor.fetch.gate import admit, check_address, is_public, redirect_target, shown

PUBLIC = "93.184.215.14"


async def system_numbers(host: str, port: int) -> Sequence[str]:
    """What the system makes of a number; names are not looked up."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


def pass_gate(url: str, *answers: str, allow_private: bool = False) -> list[str]:
    async def scripted(host: str, port: int) -> Sequence[str]:
        return answers or await system_numbers(host, port)

    address = check_address(url)
    return asyncio.run(admit(address.host, address.port, resolver=scripted, allow_private=allow_private))


HOSTILE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://0.0.0.0/",
    "http://0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://203.0.113.7/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[2001:db8::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[::1/",
    "http://user@official.example/",
    "http://user:secret@official.example/",
    "http://official.example@127.0.0.1/",
    "http://official.example\\@127.0.0.1/",
    "http:\\\\official.example/",
    "http://official.example\\.evil.example/",
    "http:/official.example/",
    "http:official.example",
    "http:///official.example/",
    "//official.example/",
    "official.example",
    "",
    "ftp://official.example/",
    "file:///etc/passwd",
    "gopher://official.example/",
    "javascript:alert(1)",
    "data:text/html,hello",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    " http://official.example/",
    "http://official.example/a b",
    "http://official.example/\r\nX-Evil: 1",
    "http://official.example/\tx",
    "http://official.example/\x00",
    "http://official\u200b.example/",
    "http://official.example\u3000/",
    "http://off%69cial.example/",
    "http://127.0.0.1%2f@official.example/",
    "http://official.example:0/",
    "http://official.example:65536/",
    "http://official.example:80:80/",
    "http://official.example:8o/",
    "http://official.example:/",
    "http://official..example/",
    "http://.official.example/",
    "http://-official.example/",
    "http://official*.example/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://127\u30020\u30020\u30021/",
    "http://\u2460\u2461\u2466.0.0.1/",
    "http://official.example\u2044evil/",
    "http://xn--\u00fc.example/",
    f"http://{'a' * 64}.example/",
    f"http://{'a.' * 130}example/",
    f"http://official.example/{'a' * 9000}",
    "http://1.2.3.4.5/",
    "http://1.2.3/",
    "http://official.0x1/",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        pass_gate(url)
    assert caught.value.code == "gate"
    assert not caught.value.transient
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "answers",
    [
        ("127.0.0.1",),
        ("10.0.0.8",),
        (PUBLIC, "127.0.0.1"),
        ("fe80::1%eth0",),
        ("::ffff:192.168.0.1",),
        ("64:ff9b::a00:1",),
    ],
)
def test_a_name_that_stands_for_a_private_place_is_refused(answers: tuple[str, ...]) -> None:
    with pytest.raises(FetchError) as caught:
        pass_gate("https://official.example/", *answers)
    assert caught.value.code == "gate"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "http://[::1]/", "http://10.0.0.5/", "http://[fd12::1]/"])
def test_private_addresses_pass_where_the_source_allows_them(url: str) -> None:
    assert len(pass_gate(url, allow_private=True)) == 1


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/", "http://0.0.0.0/", "http://224.0.0.1/", "http://[fe80::1]/", "http://[::]/"]
)
def test_metadata_services_and_the_like_never_pass(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        pass_gate(url, allow_private=True)
    assert caught.value.code == "gate"


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://www.official.example/a/b?c=d#e", "www.official.example", 443),
        ("HTTP://WWW.Official.Example:8080", "www.official.example", 8080),
        ("https://b\u00fccher.example/stra\u00dfe", "xn--bcher-kva.example", 443),
        ("https://official.example./", "official.example.", 443),
        ("https://under_score.example/@someone/page", "under_score.example", 443),
        ("https://official.example?x=1@2", "official.example", 443),
        (f"http://{PUBLIC}/", PUBLIC, 80),
        ("http://[2606:4700::1111]/", "2606:4700::1111", 80),
    ],
)
def test_plain_addresses_pass(url: str, host: str, port: int) -> None:
    address = check_address(url)
    assert (address.host, address.port, address.text) == (host, port, url)


def test_both_families_are_kept_and_not_too_many() -> None:
    answers = ["2606:4700::1", "2606:4700::2", "2606:4700::3", "2606:4700::1", PUBLIC, "1.1.1.1", "8.8.8.8"]
    assert pass_gate("https://official.example/", *answers) == ["2606:4700::1", "2606:4700::2", PUBLIC, "1.1.1.1"]


@pytest.mark.parametrize(
    ("number", "public"),
    [
        (PUBLIC, True),
        ("2606:4700::1111", True),
        ("64:ff9b::5db8:d70e", True),
        ("::ffff:93.184.215.14", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("3fff::1", False),
        ("4000::1", False),
    ],
)
def test_public_addresses(number: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(number)) is public


def test_a_missing_name_is_lasting_and_a_dead_resolver_is_not() -> None:
    async def missing(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port}")

    async def dead(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, f"{host}:{port}")

    for resolver, transient in ((missing, False), (dead, True)):
        with pytest.raises(FetchError) as caught:
            asyncio.run(admit("official.example", 443, resolver=resolver, allow_private=False))
        assert (caught.value.code, caught.value.transient) == ("dns", transient)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/new", "https://official.example/new"),
        ("new", "https://official.example/a/new"),
        ("../new?x=1", "https://official.example/new?x=1"),
        ("?page=2", "https://official.example/a/b?page=2"),
        ("", "https://official.example/a/b?q=1"),
        ("//other.example/x", "https://other.example/x"),
        ("  /padded ", "https://official.example/padded"),
        ("/with space", "https://official.example/with%20space"),
        ("/caf\u00e9", "https://official.example/caf%C3%A9"),
        ("http://other.example:8080", "http://other.example:8080"),
        ("/deep/@someone?mail=a@b", "https://official.example/deep/@someone?mail=a@b"),
    ],
)
def test_redirect_locations_are_resolved(location: str, target: str) -> None:
    assert redirect_target(check_address("https://official.example/a/b?q=1"), location).text == target


@pytest.mark.parametrize(
    "location",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "mailto:a@b.example",
        "https:///nowhere",
        "https://user:secret@other.example/",
        "//user:secret@other.example/",
        "/\\other.example",
        "\\\\other.example",
        "https://other.example\t/",
        "/a\r\nSet-Cookie: x=1",
        "http://[::1",
        "https://other .example/",
    ],
)
def test_redirect_locations_that_are_tricks_are_refused(location: str) -> None:
    with pytest.raises(FetchError) as caught:
        redirect_target(check_address("https://official.example/a"), location)
    assert caught.value.code == "gate"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("https://h.example/p?token=secret#secret", "https://h.example/p"),
        ("https://user:secret@h.example/p", "An address with a user name"),
        ("https://user:se/cret@h.example/p", "An address with a user name"),
        ("https:user:secret@h.example", "An address with a user name"),
        ("https://h.example/@x?mail=a@b&token=secret", "https://h.example"),
        ("http://h.example/\x1b[31mred\u202e", "http://h.example/\\x1b[31mred\\u202e"),
        ("h.example", "h.example"),
    ],
)
def test_messages_show_no_secrets_and_no_control_characters(text: str, fit: str) -> None:
    assert shown(text) == fit
