"""Any command line as an agent."""

import threading
from time import monotonic

import pytest

from agents import AgentConfig, Brief, Feedback, Finished, Limits, OutputLine, Tick, open_runner, unsafe
from agents.prompts import brief_text

BRIEF = Brief(
    run=7,
    step=3,
    round=2,
    title="Add a greeting",
    body="Say *hello*.",
    acceptance=("It greets", "It is tested"),
    scope=("src/**",),
    message="Nearly there.",
    feedback=(
        Feedback(
            thread=12,
            path="src/greet.py",
            start_line=3,
            end_line=4,
            quoted="```\nreturn 1\n",
            comments=(("Rui (reviewer)", "Why 1?\n# Not a heading"),),
        ),
        Feedback(thread=13, path="a b.py", side="old", start_line=9, end_line=9),
        Feedback(thread=14, path="src/whole.py"),
        Feedback(thread=15, path=""),
    ),
)
LIMITS = Limits(seconds=20)


def run(sandbox, place, *command: str, limits: Limits = LIMITS, **fields):
    runner = open_runner(AgentConfig(kind="command", command=command, **fields), sandbox)
    return [event for event in runner.work(BRIEF, place, limits) if not isinstance(event, Tick)]


def said(events) -> str:
    return "\n".join(event.text for event in events if isinstance(event, OutputLine))


def test_the_brief_tells_everything():
    text = brief_text(BRIEF)
    assert text.startswith("# Add a greeting\n\nSay *hello*.\n\n## Acceptance criteria\n- It greets\n- It is tested\n")
    assert "## Stay within these paths\n- src/**" in text
    assert "Nearly there." in text
    assert (
        "### Thread 12: src/greet.py, lines 3-4\n````\n```\nreturn 1\n````\n**Rui (reviewer)**:\n> Why 1?\n> # Not"
        in text
    )
    assert "### Thread 13: a b.py, line 9 (before the change)" in text
    assert "### Thread 14: src/whole.py\n" in text
    assert "### Thread 15: the whole change" in text


@pytest.mark.parametrize("isolated", [True, False])
def test_the_brief_is_a_file_and_standard_input(sandbox, place, isolated):
    script = 'cat > from_input; cat "$TEAMBOARD_BRIEF" > from_file; echo "$TEAMBOARD_RUN $TEAMBOARD_STEP"'
    events = run(sandbox if isolated else unsafe(), place, "/bin/sh", "-c", script)
    assert said(events) == "7 3"
    assert (place.work / "from_input").read_text() == brief_text(BRIEF)
    assert (place.work / "from_file").read_text() == brief_text(BRIEF)
    assert events[-1] == Finished(exit_code=0)


def test_the_agent_cannot_change_its_brief(sandbox, place):
    assert run(sandbox, place, "/bin/sh", "-c", 'echo x > "$TEAMBOARD_BRIEF"')[-1].reason == "exit_status"


def test_a_missing_agent_is_said_in_a_sentence(sandbox, place):
    (last,) = run(sandbox, place, "no-such-agent")
    assert last.reason == "agent_missing"
    assert last.detail.startswith("The program 'no-such-agent' is not there inside the sandbox.")


def test_a_missing_agent_without_a_sandbox_too(place):
    assert run(unsafe(), place, "no-such-agent")[-1].reason == "agent_missing"


def test_no_command_at_all_is_said_in_a_sentence(sandbox, place):
    (last,) = run(sandbox, place)
    assert (last.reason, last.detail) == ("agent_missing", "There is no command to run. Give one in the settings.")


def test_an_agent_that_exits_1_at_once(sandbox, place):
    assert run(sandbox, place, "/bin/sh", "-c", "echo no key >&2; exit 1")[-1] == Finished(
        exit_code=1, reason="exit_status", detail="It ended with exit status 1. no key"
    )


def test_it_forges_no_missing_sandbox(sandbox, place):
    script = 'echo "bwrap: Can\'t find source path" >&2; exit 1'
    assert run(sandbox, place, "/bin/sh", "-c", script)[-1].reason == "exit_status"


def test_a_script_of_the_clone_is_an_agent_too(sandbox, place):
    (place.work / "agent.sh").write_text("#!/bin/sh\necho from the clone\n")
    (place.work / "agent.sh").chmod(0o755)
    assert said(run(sandbox, place, "./agent.sh")) == "from the clone"


def test_it_takes_no_messages_while_it_runs(sandbox, place):
    runner = open_runner(AgentConfig(kind="command", command=("true",)), sandbox)
    assert not runner.steer("x")
    assert not runner.answer("q1", "x")


def test_its_secrets_are_masked(sandbox, place):
    events = run(sandbox, place, "echo", "key is sk-abcdef", secrets=("sk-abcdef",))
    assert said(events) == "key is [redacted]"


def test_it_is_cancelled_within_five_seconds(sandbox, place):
    runner = open_runner(
        AgentConfig(kind="command", command=("/bin/sh", "-c", "trap '' TERM; echo up; sleep 99")), sandbox
    )
    began = monotonic()
    for event in runner.work(BRIEF, place, LIMITS):
        if isinstance(event, OutputLine):
            threading.Thread(target=runner.cancel).start()
    assert event.reason == "cancelled"
    assert monotonic() - began < 5


def test_an_unknown_kind_is_said_in_a_sentence(sandbox):
    with pytest.raises(LookupError, match="There is no agent kind 'oracle'. Use one of: .*command.*scripted."):
        open_runner(AgentConfig(kind="oracle"), sandbox)
