"""Decides what official facts and changes mean for guides: verdicts, affected sentences, rechecks, alerts. Pure."""

from monitor.assess.alerting import Route, plan_alerts, sentence
from monitor.assess.index import GuideIndex, index_guides
from monitor.assess.judging import describe_expect, judge
from monitor.assess.patterns import match_pattern
from monitor.assess.quotes import find_phrase, find_quote, text_fragment
from monitor.assess.rechecks import Assessment, assess
from monitor.assess.reminders import due_reminders, due_reviews
from monitor.assess.scope import touches

__all__ = [
    "Assessment",
    "GuideIndex",
    "Route",
    "assess",
    "describe_expect",
    "due_reminders",
    "due_reviews",
    "find_phrase",
    "find_quote",
    "index_guides",
    "judge",
    "match_pattern",
    "plan_alerts",
    "sentence",
    "text_fragment",
    "touches",
]
