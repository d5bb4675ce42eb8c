"""Finds the quoted passage in a page's text and parts the text around it. Pure."""

import re

from msgspec import Struct

BEGIN, END = ">>>", "<<<"
_MOST_WORDS = 300


class Passage(Struct, frozen=True):
    """A text in three parts; ``quoted`` is empty where the passage was not found."""

    before: str
    quoted: str
    after: str

    def marked(self) -> str:
        """The text with the passage between marks, for plain text files."""
        return f"{self.before}{BEGIN} {self.quoted} {END}{self.after}" if self.quoted else self.before

    def near(self, reach: int) -> "Passage":
        """The same with at most ``reach`` characters on either side, cut at a line or word."""
        before = self.before[-reach:]
        after = self.after[:reach]
        if len(before) < len(self.before):
            before = "… " + before.partition(" ")[2]
        if len(after) < len(self.after):
            after = after.rpartition(" ")[0] + " …"
        return Passage(before, self.quoted, after)


def find_passage(text: str, quote: str | None) -> Passage:
    """The text around the quote; spaces, line ends and table rules between its words do not matter."""
    words = re.findall(r"[\w$%.,/-]+", quote or "")[:_MOST_WORDS]
    if not words:
        return Passage(text, "", "")
    if quote and (place := text.find(quote)) >= 0:
        return Passage(text[:place], quote, text[place + len(quote) :])
    pattern = r"[^\w$%]+".join(re.escape(word.strip(".,-/")) for word in words if word.strip(".,-/"))
    found = re.search(pattern, text, re.IGNORECASE) if pattern else None
    if found is None:
        return Passage(text, "", "")
    return Passage(text[: found.start()], found.group(), text[found.end() :])
