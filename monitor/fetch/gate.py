"""The one gate: which addresses may be asked for at all, and which network addresses a host may stand for.

An address is read once, strictly: what two parsers could read in two ways is refused. A host is resolved once, right
where the connection is made, and the connection goes to the checked address, so a name that changes its answer
between the check and the use (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import re
import socket
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urljoin

import httpx
from msgspec import Struct

from monitor.errors import FetchError

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host (ASCII) and port → its network addresses in order of preference; raises OSError."""

LONGEST = 8192
LONGEST_SHOWN = 200
DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_ADDRESSES = 4
_SHAPE = re.compile(
    r"(?P<scheme>https?)://(?P<host>[^/?#\[\]:@%]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?:[/?#]|\Z)",
    re.IGNORECASE,
)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_TRICKY_ASCII = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)

_NOT_PUBLIC = tuple(
    ipaddress.ip_network(block)
    for block in (
        "168.63.129.16/32",  # Azure's in-machine services stand on a routable address
        "192.0.0.0/24",  # protocol assignments (RFC 6890); some clouds keep metadata here
        "192.88.99.0/24",  # 6to4 relays, withdrawn by RFC 7526
        "64:ff9b:1::/48",  # NAT64 for local use (RFC 8215)
        "2001::/32",  # Teredo tunnels (RFC 4380)
        "2002::/16",  # 6to4 tunnels: the address inside is anybody's
        "3fff::/20",  # documentation (RFC 9637), not known to every Python
        "5f00::/16",  # segment routing (RFC 9602), likewise
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
_PRIVATE = tuple(
    ipaddress.ip_network(block)
    for block in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
)


class Address(Struct, frozen=True, kw_only=True):
    """A web address that passed. ``text`` is as written; ``host`` is ASCII and lower case."""

    text: str
    url: httpx.URL
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.host}:{self.port}"


def check_address(text: str) -> Address:
    """The address, read strictly; raises FetchError ``gate`` for anything but a plain http(s) address.

    Refused: other schemes, user names and passwords, control characters, white space, backslashes, percent signs in
    the host, numbers that some programs take for an IP address (``127.1``, ``0x7f.1``), port 0 and zone ids.
    """
    shape = _SHAPE.match(text)
    if len(text) > LONGEST or shape is None or _is_tricky(text):
        raise _refused("is not a plain http(s) address", text)
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise _refused("has a host or path that cannot be read", text) from None
    address = Address(
        text=text,
        url=url,
        scheme=shape["scheme"].lower(),
        host=url.raw_host.decode("ascii").lower(),
        port=int(shape["port"] or DEFAULT_PORTS[shape["scheme"].lower()]),
    )
    _check_agreement(address)
    return address


def redirect_target(base: Address, location: str) -> Address:
    """Where a Location header leads, relative ones included (RFC 9110, 10.2.2); raises FetchError ``gate``."""
    wanted = location.strip(" \t")
    if _is_tricky(wanted.replace(" ", "")):
        raise _refused("is no address to be redirected to", wanted)
    spaced = wanted.replace(" ", "%20")
    try:
        joined = spaced if _SCHEME.match(spaced) else urljoin(str(base.url), spaced)
    except ValueError:
        raise _refused("is no address to be redirected to", wanted) from None
    return check_address(str(check_address(joined).url))


def shown(text: str) -> str:
    """An address or host fit for a message: printable ASCII, not long, no user name, password, query or fragment."""
    scheme, mark, rest = text.partition("://")
    if "@" in text:
        shape = _SHAPE.match(text)
        return f"{scheme}{mark}{shape['host']}" if shape else "An address with a user name"
    plain = re.split(r"[?#]", rest if mark else scheme, maxsplit=1)[0]
    return ascii(f"{scheme}{mark}{plain}" if mark else plain)[1:-1][:LONGEST_SHOWN]


def is_public(number: IPv4Address | IPv6Address) -> bool:
    """Whether packets to it leave for the public internet (IANA special-purpose registries, RFC 6890).

    IPv4 inside IPv6 is judged by the IPv4 address where such a form is in real use (mapped, NAT64), else refused.
    """
    if isinstance(number, IPv6Address):
        if number.ipv4_mapped is not None:
            return is_public(number.ipv4_mapped)
        if number in _NAT64:
            return is_public(IPv4Address(int(number) & 0xFFFFFFFF))
        if number not in _UNICAST:
            return False
    if number.is_multicast or number.is_reserved or any(number in block for block in _NOT_PUBLIC):
        return False
    return number.is_global


def is_private(number: IPv4Address | IPv6Address) -> bool:
    """Whether it is a loopback or private address, which ``allow_private`` opens.

    Link-local stays shut: cloud metadata services stand there.
    """
    if isinstance(number, IPv6Address) and number.ipv4_mapped is not None:
        return is_private(number.ipv4_mapped)
    return any(number in block for block in _PRIVATE)


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """What the operating system says a host's addresses are."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def admit(host: str, port: int, *, resolver: Resolver, allow_private: bool) -> list[str]:
    """The checked network addresses to connect to, at most four, in the resolver's order, both families kept.

    One address that may not be asked spoils the whole answer: an honest host has none. Raises FetchError ``dns``
    (transient unless the name does not exist) or ``gate``.
    """
    try:
        answers = [ipaddress.ip_address(answer) for answer in await resolver(host, port)]
    except (OSError, ValueError) as error:
        known_missing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
        message = f"The name {shown(host)} could not be resolved; check the spelling and the network."
        raise FetchError(message, code="dns", transient=not known_missing) from None
    if not answers:
        raise FetchError(f"The name {shown(host)} has no address.", code="dns")
    for answer in answers:
        if not (is_public(answer) or (allow_private and is_private(answer))):
            raise FetchError(
                f"{shown(host)} stands for {answer}, which is not a public address;"
                " set fetch.allow_private = true for a source that is meant to be there.",
                code="gate",
                transient=False,
            )
    return _both_families(answers)


def _both_families(answers: Sequence[IPv4Address | IPv6Address]) -> list[str]:
    kept = list(dict.fromkeys(answers))
    for version in (4, 6):
        same = [answer for answer in kept if answer.version == version]
        kept = [answer for answer in kept if answer not in same[MOST_ADDRESSES // 2 :]]
    return [str(answer) for answer in kept]


def _is_tricky(text: str) -> bool:
    """Whether it holds a backslash, a control character or any kind of blank."""
    if text.isascii():
        return _TRICKY_ASCII.search(text) is not None
    return any(char == "\\" or unicodedata.category(char)[0] in "CZ" for char in text)


def _check_agreement(address: Address) -> None:
    url = address.url
    agreed = (url.scheme, url.port or DEFAULT_PORTS[address.scheme]) == (address.scheme, address.port)
    if not agreed or url.userinfo or not 0 < address.port < 65536:  # noqa: PLR2004 - ports have 16 bits
        raise _refused("has a port or user name that is not accepted", address.text)
    if address.text.partition("://")[2].startswith("["):
        ipaddress.IPv6Address(address.host)  # httpx has checked it
    elif not _is_host(address.host):
        raise _refused("has a host that cannot be read in one way only", address.text)


def _is_host(host: str) -> bool:
    if len(host) > 253 or _NAME.fullmatch(host) is None:  # noqa: PLR2004 - the limit of RFC 1035
        return False
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is None:
        return True
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _refused(why: str, text: str) -> FetchError:
    return FetchError(f"{shown(text)} {why}.", code="gate", transient=False)
