"""The edges an alert leaves by: messages in words, and the destinations they go to."""

from notifiers.destinations import open_notifier, validate_url

__all__ = ["open_notifier", "validate_url"]
