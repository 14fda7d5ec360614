"""The face of everything that compares: changed files, hunks, two patch sets, words of a line."""

from teamboard.git.compare import BIG_FILE, DIFF, FileDiff, changed_files, file_diff, full_diff, is_binary, shown_path
from teamboard.git.interdiff import interdiff
from teamboard.git.patch import Hunk, Line
from teamboard.git.words import Spans, words

__all__ = [
    "BIG_FILE",
    "DIFF",
    "FileDiff",
    "Hunk",
    "Line",
    "Spans",
    "changed_files",
    "file_diff",
    "full_diff",
    "interdiff",
    "is_binary",
    "shown_path",
    "words",
]
