"""What is shown is computed from evidence: rows in; column, badges and asks out."""

from teamboard.evidence.asks import Ask, asks
from teamboard.evidence.badges import Badge, badges
from teamboard.evidence.columns import COLUMNS, CardEvidence, column
from teamboard.evidence.gather import card_evidence, column_of, columns, evidence_of

__all__ = [
    "COLUMNS",
    "Ask",
    "Badge",
    "CardEvidence",
    "asks",
    "badges",
    "card_evidence",
    "column",
    "column_of",
    "columns",
    "evidence_of",
]
