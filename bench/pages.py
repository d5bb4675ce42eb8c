"""Made-up official pages of a given size: the same words under ever new cosmetics, or with one fee changed.

Shaped as government pages are: a third is what the site puts round every page, the rest a table of fees, sections with
a rule or two, and long lists of links and remarks.
"""

import random
import re

_DUTIES = (
    "You must submit proof of funds with your application.",
    "You may include your spouse or common-law partner.",
    "Your employer must hold a valid registration.",
    "An applicant must not have been refused entry in the last two years.",
)
_REMARKS = (
    "Overview of the steps from the first letter to the decision",
    "Where to find the office nearest to you and its opening hours",
    "Examples of letters, with translations and notes for representatives",
    "Figures of earlier years by program, region and month",
)
_TAG = re.compile(r"<(p|td|li|h2|h3|div)>")
_SECTIONS = 24


def page(number: int, size: int, *, edition: int = 0, look: int = 0) -> bytes:
    """A page of about ``size`` bytes. ``edition`` changes one fee; ``look`` changes nothing that a reader sees."""
    rng = random.Random(number)  # noqa: S311 - the same pages on every run
    rows = []
    for row in range(12):
        amount = 200 + 25 * rng.randrange(40) + (edition if row == 0 else 0)
        rows.append(f"<tr><td>Application type {number}-{row}</td><td>${amount:,}</td></tr>")
    sections = [_section(rng, part, size * 5 // 8 // _SECTIONS) for part in range(_SECTIONS)]
    table = f"<table><thead><tr><th>Fee</th><th>Amount</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    main = f"<h1>Program {number}</h1><h2>Fees</h2>{table}{''.join(sections)}"
    return _document(f"Program {number}", main, size // 3, look).encode()


def _section(rng: random.Random, part: int, size: int) -> str:
    text = f"<h2>Part {part + 1}</h2><p>{rng.choice(_DUTIES)[:-1]} under item {rng.randrange(10**6)}.</p><ul>"
    while len(text) < size:
        target = rng.randrange(10**8)
        text += f'<li><a href="/en/services/section-{target}/overview.html">{rng.choice(_REMARKS)} {target}</a></li>'
    return text + "</ul>"


def _document(title: str, main: str, around: int, look: int) -> str:
    """The whole document; its scripts, nonces, asset hashes, classes and blanks depend on ``look``."""
    dress = random.Random(look)  # noqa: S311 - same
    nonce = f"{dress.getrandbits(64):016x}"
    links = "".join(f'<li><a class="nav" href="/section/{n}">Section number {n}</a></li>' for n in range(around // 60))
    if look:
        main = _TAG.sub(lambda tag: f'<{tag[1]} class="c{dress.randrange(999)}">\n  ', main)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="stylesheet" href="/assets/site.{nonce}.css"><script nonce="{nonce}">window.t="{nonce}";</script>'
        f"</head><body><header><nav><ul>{links}</ul></nav></header><!-- served {nonce} --><main>{main}</main>"
        f"<footer><p>Contact us</p></footer></body></html>"
    )
