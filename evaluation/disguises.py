"""Ways in which a page's bytes differ while it says the same, and ways in which they are no page at all."""

import gzip
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

_TOKEN = re.compile(r"<!--.*?-->|<script.*?</script>|<style.*?</style>|<title.*?</title>|<[^>]+>|[^<]+", re.DOTALL)
_BLOCKS = (
    "div|p|ul|ol|li|table|thead|tbody|tr|td|th|h[1-6]|section|article|main|details|summary|body|header|footer|dl|dt|dd"
)
_BLOCK = re.compile(rf"</?(?:{_BLOCKS})\b[^>]*>", re.IGNORECASE)
_GAP = re.compile(rf"(</?(?:{_BLOCKS})\b[^>]*>)\s*(?=</?(?:{_BLOCKS})\b)", re.IGNORECASE)
_OPEN = re.compile(rf"<(?:{_BLOCKS}|span|a|strong|em|abbr)(?=[\s>])", re.IGNORECASE)
_ENTITY = re.compile(r"(&#?\w+;)")
Disguise = Callable[[str, Random], str]


def tokens(html: str) -> Iterator[str]:
    """Tags, comments, scripts and texts of the page, in order."""
    return iter(_TOKEN.findall(html))


def in_texts(html: str, change: Callable[[str], str]) -> str:
    """The page with each text inside its body changed; entities are left alone."""
    head, body, rest = html.partition("<body")
    parts = []
    for token in tokens(body + rest):
        if token.startswith("<") or not token.strip():
            parts.append(token)
        else:
            pieces = _ENTITY.split(token)
            parts.append("".join(piece if number % 2 else change(piece) for number, piece in enumerate(pieces)))
    return head + "".join(parts)


def _each(pattern: str, random: Random, share: float, put: Callable[[str], str]) -> Callable[[str], str]:
    chosen = re.compile(pattern)
    return lambda text: chosen.sub(lambda match: put(match[0]) if random.random() < share else match[0], text)


def spaces(html: str, random: Random) -> str:
    """Other white space between the same words."""
    return in_texts(html, _each(r" ", random, 0.3, lambda _: random.choice(("  ", "\n    ", "\t", " \r\n"))))


def no_break(html: str, random: Random) -> str:
    """No-break spaces for some spaces, in each of their spellings."""
    return in_texts(
        html, _each(r"(?<=\S) (?=\S)", random, 0.3, lambda _: random.choice(("&nbsp;", "\u00a0", "&#160;")))
    )


def split_tags(html: str, random: Random) -> str:
    """Words and numbers cut in two by elements that mean nothing."""

    def cut(word: str) -> str:
        at = random.randint(1, len(word) - 1)
        opening, closing = random.choice(
            (("<span>", "</span>"), ('<font color="#333">', "</font>"), ("<span lang=en>", "</span>"))
        )
        return f"{word[:at]}{opening}{word[at:]}{closing}"

    return in_texts(html, _each(r"[\w,$.-]{3,}", random, 0.12, cut))


def slant(html: str, random: Random) -> str:
    """Words in italics or underlined that were not."""
    return in_texts(
        html,
        _each(
            r"\b[a-z]{4,}\b",
            random,
            0.1,
            lambda word: random.choice((f"<em>{word}</em>", f"<u>{word}</u>", f"<i>{word}</i>")),
        ),
    )


def abbreviations(html: str, random: Random) -> str:
    """Acronyms marked up, or no longer."""
    if "<abbr" in html and random.random() < 0.5:
        return re.sub(r"</?abbr\b[^>]*>", "", html)
    return in_texts(
        html,
        _each(
            r"\b(?:OINP|CRS|NOC|EOI|BC PNP|IRCC|LMIA|TFW)\b", random, 0.5, lambda word: f'<abbr title="x">{word}</abbr>'
        ),
    )


def attributes(html: str, random: Random) -> str:
    """New classes, styles and data on elements."""

    def dress(match: re.Match[str]) -> str:
        if random.random() > 0.4:
            return match[0]
        nonce = f"{random.getrandbits(32):08x}"
        extra = random.choice(
            (
                f'data-v-{nonce}=""',
                f'style="width: {random.randint(5, 95)}%; text-align: left"',
                f'data-gtm="{nonce}"',
                'dir="ltr"',
                f'data-block="b{nonce}"',
            )
        )
        return f"{match[0]} {extra}"

    return _OPEN.sub(dress, html)


def wrappers(html: str, random: Random) -> str:
    """The content in more boxes than before, and lists and tables in boxes of their own."""
    depth = random.randint(1, 3)
    html = re.sub(r"(<main\b[^>]*>)", r"\1" + '<div class="container"><div class="row">' * depth, html, count=1)
    html = html.replace("</main>", "</div></div>" * depth + "</main>")
    return re.sub(r"(<table\b.*?</table>)", r'<div class="table-responsive">\1</div>', html, flags=re.DOTALL)


def comments(html: str, random: Random) -> str:
    """Comments, scripts and styles between the elements."""
    noise = (
        "<!-- {n} -->",
        "<script nonce='{n}'>window.q=['{n}', 1475, '$99'];</script>",
        "<style>.x{n}{{color:red}}</style>",
        "<!--[if IE]><p>{n}</p><![endif]-->",
        "<noscript><img src='/p?{n}'></noscript>",
    )
    head, main, body = html.partition("<main")
    parts = []
    for token in tokens(main + body):
        parts.append(token)
        if re.match(r"</(?:p|ul|ol|table|h[1-6]|section|div)>", token) and random.random() < 0.2:
            parts.append(random.choice(noise).format(n=f"{random.getrandbits(40):010x}"))
    return head + "".join(parts)


def entities(html: str, random: Random) -> str:
    """Characters written as numbers."""
    return in_texts(
        html,
        _each(r"[A-Za-z0-9$,.]", random, 0.08, lambda char: random.choice((f"&#{ord(char)};", f"&#x{ord(char):x};"))),
    )


def quotes(html: str, _random: Random) -> str:
    """Curly quotes for straight ones or the other way round."""
    if "’" in html:
        return in_texts(html, lambda text: text.replace("’", "'").replace("“", '"').replace("”", '"'))
    return in_texts(html, lambda text: re.sub(r"(?<=\w)'(?=\w)", "’", text))


def dashes(html: str, _random: Random) -> str:
    """Longer or shorter dashes."""
    if re.search(r"[–—]", html):
        return in_texts(html, lambda text: re.sub(r"[–—]", "-", text))
    return in_texts(html, lambda text: re.sub(r"(?<=\s)-(?=\s)", "–", text))


def hyphens(html: str, random: Random) -> str:
    """Hyphens within words in their other shapes."""
    return in_texts(html, _each(r"(?<=[A-Za-z])-(?=[A-Za-z])", random, 0.6, lambda _: random.choice("\u2010\u2011")))


def decomposed(html: str, _random: Random) -> str:
    """Accents as characters of their own."""
    return in_texts(html, lambda text: unicodedata.normalize("NFD", text))


def classes(html: str, random: Random) -> str:
    """One class more, in another order, and other ids, as are the links to them."""

    def dress(match: re.Match[str]) -> str:
        names = [*match[1].split(), f"c{random.getrandbits(16):04x}"]
        random.shuffle(names)
        return f'class="{" ".join(names)}"'

    html = re.sub(r'\bclass="([^"]*)"', dress, html)
    return re.sub(r'(\bid="|href="#)([^"]+)"', rf'\1\2-{random.getrandbits(24):06x}"', html)


def packed(html: str, _random: Random) -> str:
    """No white space between block elements."""
    return _GAP.sub(r"\1", html)


def indented(html: str, random: Random) -> str:
    """Each block element on a line of its own, indented."""
    newline = random.choice(("\n", "\r\n"))
    return _BLOCK.sub(lambda match: f"{newline}{'  ' * random.randint(0, 6)}{match[0]}{newline}", html)


def upper_tags(html: str, _random: Random) -> str:
    """Element names in capitals."""
    return re.sub(r"<(/?)([a-z]+[1-6]?)(?=[\s>])", lambda match: f"<{match[1]}{match[2].upper()}", html)


def links(html: str, random: Random) -> str:
    """Other addresses behind the same words."""
    nonce = f"{random.getrandbits(24):06x}"
    return re.sub(r'href="(/[^"#?]*)', rf'href="\1?ta{nonce}', html)


def invisible(html: str, random: Random) -> str:
    """Soft hyphens and zero-width characters inside words."""
    return in_texts(
        html,
        _each(
            r"(?<=[a-z]{3})(?=[a-z]{3})",
            random,
            0.05,
            lambda _: random.choice(("&shy;", "\u200b", "\u00ad", "&#8203;")),
        ),
    )


def table_style(html: str, random: Random) -> str:
    """Tables with widths, colours, groups of columns and words in paragraphs."""
    html = re.sub(
        r"<table\b[^>]*>",
        f'<table class="t{random.getrandbits(16)}" style="width: 100%"><colgroup><col></colgroup>',
        html,
    )
    return re.sub(
        r"<td([^>]*)>([^<]+)</td>",
        lambda match: f"<td{match[1]}><p>{match[2]}</p></td>" if random.random() < 0.4 else match[0],
        html,
    )


def head_cells(html: str, _random: Random) -> str:
    """Header rows made of ordinary cells in bold, as welcomebc.ca began to write them in 2026."""
    html = re.sub(r"<th\b([^>]*)>(.*?)</th>", r"<td\1><strong>\2</strong></td>", html, flags=re.DOTALL)
    return re.sub(r"</?thead>", "", re.sub(r"</thead>\s*<tbody>", "", html.replace("<thead>", "<tbody>")))


def banner(html: str, random: Random) -> str:
    """A site-wide announcement, a login strip and a survey round the content."""
    nonce = f"{random.getrandbits(24):06x}"
    words = f"Scheduled outage {nonce}: forms are closed on Sunday. Pay $25."
    top = f'<header role="banner"><div class="alert"><p>{words}</p></div></header>'
    survey = '<div role="dialog" class="modal"><p>You must take our survey.</p></div>'
    html = re.sub(r"(<body[^>]*>)", rf"\1{top}", html, count=1)
    return html.replace("</body>", f"<footer><p>Rate this page {nonce}.</p></footer>{survey}</body>")


def head_noise(html: str, random: Random) -> str:
    """Tokens, measuring scripts and asset hashes as every fetch brings them."""
    nonce = f"{random.getrandbits(64):016x}"
    noise = (
        f'<meta name="csrf-token" content="{nonce}">',
        f'<script>(function(){{window.BOOMR_API_key="{nonce}"}})()</script>',
        f'<link rel="stylesheet" href="/a/{nonce}.css?v=2">',
        f'<script type="application/json" data-drupal-selector="drupal-settings-json">{{"v":"{nonce}"}}</script>',
    )
    return html.replace("</head>", f"{''.join(noise)}</head>")


def sort_keys(text: str, random: Random) -> str:
    """The keys of each object in another order."""

    def shuffled(data: Any) -> Any:
        if isinstance(data, dict):
            items = list(data.items())
            random.shuffle(items)
            return {key: shuffled(value) for key, value in items}
        return [shuffled(item) for item in data] if isinstance(data, list) else data

    return json.dumps(shuffled(json.loads(text)), indent=1)


def reindent(text: str, random: Random) -> str:
    """Tabs, other widths or nothing, and other line ends."""
    indent = random.choice(("\t", 4, None, 1))
    plain = json.dumps(json.loads(text), indent=indent, ensure_ascii=False)
    return plain.replace("\n", "\r\n") if random.random() < 0.5 else f"\ufeff{plain}"


def escapes(text: str, random: Random) -> str:
    """Characters and slashes written as escapes."""
    plain = json.dumps(json.loads(text), ensure_ascii=True, separators=(",", ":")).replace("/", "\\/")
    return re.sub(
        r"(?<=[a-z])[a-z](?=[a-z])",
        lambda match: f"\\u{ord(match[0]):04x}" if random.random() < 0.05 else match[0],
        plain,
    )


def padded(text: str, random: Random) -> str:
    """Blanks round the values, as spreadsheets leave them."""
    return re.sub(
        r'(:\s*")([^"]+)(")',
        lambda match: f"{match[1]} {match[2]}  {match[3]}" if random.random() < 0.2 else match[0],
        text,
    )


PAGE: dict[str, Disguise] = {
    way.__name__: way
    for way in (
        spaces, no_break, split_tags, slant, abbreviations, attributes, wrappers, comments, entities, quotes, dashes,
        hyphens, decomposed, classes, packed, indented, upper_tags, links, invisible, table_style, head_cells, banner,
        head_noise,
    )
}  # fmt: skip
FEED: dict[str, Disguise] = {way.__name__: way for way in (sort_keys, reindent, escapes, padded)}


def disguised(text: str, ways: tuple[str, ...], random: Random) -> str:
    """The page or feed with each of the named ways applied in turn."""
    for way in ways:
        text = {**PAGE, **FEED}[way](text, random)
    return text


def cut(text: str, random: Random) -> bytes:
    """The body broken off in its second half, in the middle of a tag, a word or a value."""
    return text.encode()[: random.randint(len(text.encode()) // 3, len(text.encode()) * 9 // 10)]


def zipped(text: str, _random: Random) -> bytes:
    """Gzip bytes that nobody declared."""
    return gzip.compress(text.encode(), mtime=0)


def hollow(text: str, _random: Random) -> bytes:
    """The site's frame without its content, as a page that a script fills."""
    if text.lstrip()[:1] in {"{", "["}:
        return b"{}"
    return re.sub(r"(<main\b[^>]*>).*</main>", r'\1<div id="app">Loading…</div></main>', text, flags=re.DOTALL).encode()


def one_byte(_text: str, _random: Random) -> bytes:
    """A single byte, as the rounds feed once was."""
    return b"\n"


BREAKS: dict[str, Callable[[str, Random], bytes]] = {
    "cut": cut,
    "zipped": zipped,
    "hollow": hollow,
    "one_byte": one_byte,
}
