"""stilltrue: watches official pages and says which guide assumptions need rechecking."""

__version__ = "0.1.0"
