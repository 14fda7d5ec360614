"""Each way to fail has a sentence and a remedy."""

import re
from pathlib import Path

import teamboard
from agents import contract
from teamboard.runs.failures import FAILURES, failure


def test_every_failure_is_a_sentence_with_a_remedy() -> None:
    for entry in FAILURES.values():
        assert re.match(r"^[A-Z].*\.$", entry.sentence), entry
        assert re.match(r"^[A-Z].*\.$", entry.remedy), entry


def test_every_reason_a_runner_may_give_is_known() -> None:
    words = re.search(r"failure taxonomy:(.*?)\.\s*\Z", contract.Finished.__doc__ or "", re.DOTALL)
    assert words
    for reason in words[1].split(","):
        assert reason.strip() in FAILURES


def test_every_code_the_pipeline_uses_is_known() -> None:
    folder = Path(teamboard.__file__).parent / "pipeline"
    used = {code for file in folder.glob("*.py") for code in re.findall(r'StepFailed\(\s*"(\w+)"', file.read_text())}
    assert used <= set(FAILURES)


def test_an_unknown_code_is_told_as_it_is() -> None:
    assert "frobnicated" in failure("frobnicated").sentence
