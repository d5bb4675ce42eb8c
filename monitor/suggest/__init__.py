"""Drafts assumptions from a guide's text: finds its checkable claims, proposes what fact each rests on. Pure.

The way: ``sentences`` → ``claims`` (with ``topics``) → ``choosing`` and ``matching`` → ``proposing`` → ``drafting``.
"""

from monitor.suggest.drafting import Suggestion, suggest
from monitor.suggest.proposal import Confidence
from monitor.suggest.writing import suggestion_shape, write_toml

__all__ = ["Confidence", "Suggestion", "suggest", "suggestion_shape", "write_toml"]
