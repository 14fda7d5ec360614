"""The scripted agent, played as a real process in the sandbox."""

import subprocess
import threading
from collections.abc import Callable
from time import monotonic

import pytest

from agents import (
    AgentConfig,
    AgentEvent,
    Brief,
    Claim,
    Edit,
    Feedback,
    Finished,
    Limits,
    Message,
    OutputLine,
    PermissionAsked,
    Plan,
    Question,
    ThreadReply,
    Tick,
    ToolCall,
    Usage,
    open_runner,
)
from agents.scripted import VERBS
from agents.scripted_agent import VERBS as PLAYED

LIMITS = Limits(seconds=30)
Play = Callable[..., list[AgentEvent]]


def brief(**fields) -> Brief:
    return Brief(**{"run": 7, "step": 3, "round": 1, "title": "Add a greeting", **fields})


def runner_of(sandbox, script: str, **fields):
    return open_runner(AgentConfig(kind="scripted", script=script, **fields), sandbox)


@pytest.fixture
def play(sandbox, place) -> Play:
    def run(script: str, limits: Limits = LIMITS, **fields) -> list[AgentEvent]:
        events = runner_of(sandbox, script).work(brief(**fields), place, limits)
        return [event for event in events if not isinstance(event, Tick)]

    return run


def test_it_says_and_thinks(play):
    script = "[[step]]\nsay = 'Hello, Ada'\n[[step]]\nthink = 'Hm'"
    assert play(script) == [Message(text="Hello, Ada"), Message(text="Hm", thought=True), Finished(exit_code=0)]


def test_it_writes_and_deletes_files(play, place):
    (place.work / "old").touch()
    events = play("[[step]]\nwrite = {path = 'src/a.py', content = \"x = 1\\n\"}\n[[step]]\ndelete = 'old'")
    assert (place.work / "src/a.py").read_text() == "x = 1\n"
    assert not (place.work / "old").exists()
    assert [event.path for event in events if isinstance(event, Edit)] == ["src/a.py", "old"]


PATCH = """
[[step]]
patch = '''
--- a/greet.py
+++ b/greet.py
@@ -1,2 +1,2 @@
 def greet():
-    return "hi"
+    return "hello"
'''
"""


def test_it_applies_patches(play, place):
    (place.work / "greet.py").write_text('def greet():\n    return "hi"\n')
    events = play(PATCH)
    assert '"hello"' in (place.work / "greet.py").read_text()
    assert Edit(path="greet.py") in events


def test_it_runs_commands_and_tells_their_failure(play):
    first, second, _ = play("[[step]]\nrun = 'echo $((6*7))'\n[[step]]\nrun = ['false']")
    assert first == ToolCall(call="", tool="run", arguments="echo $((6*7))", result="42\n")
    assert (second.tool, second.failed) == ("run", True)


def test_it_commits(play, place):
    git = ["git", "-C", str(place.work)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "config", "user.name", "Quick"], check=True)
    subprocess.run([*git, "config", "user.email", "quick@agents.invalid"], check=True)
    play("[[step]]\nwrite = {path = 'a', content = 'a'}\ncommit = 'Add a'")
    log = subprocess.run([*git, "log", "--format=%an %s"], check=True, capture_output=True, text=True).stdout
    assert log == "Quick Add a\n"


def test_it_tells_plan_claim_and_usage(play):
    script = """
    [[step]]
    plan = ["look", ["write", "in_progress"]]
    [[step]]
    claim = "All tests pass"
    [[step]]
    usage = {input_tokens = 120, output_tokens = 30, usd = 0.01}
    """
    assert play(script)[:-1] == [
        Plan(entries=(("look", "pending"), ("write", "in_progress"))),
        Claim(text="All tests pass"),
        Usage(input_tokens=120, output_tokens=30, usd=0.01),
    ]


ASK = """
[[step]]
ask = {text = "Tabs or spaces?", options = ["tabs", "spaces"], default = "spaces"}
[[step]]
when = "tabs"
write = {path = "style", content = "{answer}"}
[[step]]
when = "spaces"
say = "not this one"
"""


def test_it_asks_and_goes_on_with_the_answer(sandbox, place):
    runner = runner_of(sandbox, ASK)
    events = []
    for event in runner.work(brief(), place, LIMITS):
        events.append(event)
        if isinstance(event, Question):
            assert not runner.answer("another", "tabs")
            assert runner.answer(event.key, "tabs")
            assert not runner.answer(event.key, "spaces")
    assert Question(key="q1", text="Tabs or spaces?", options=("tabs", "spaces"), default="spaces") in events
    assert Message(text="not this one") not in events
    assert (place.work / "style").read_text() == "tabs"
    assert events[-1] == Finished(exit_code=0)


def test_waiting_for_a_person_is_not_idleness(sandbox, place):
    runner = runner_of(sandbox, "[[step]]\nask = 'Really?'\n[[step]]\nsleep = 5")
    asked = None
    for event in runner.work(brief(), place, Limits(seconds=30, idle_seconds=0.6)):
        if isinstance(event, Question):
            asked = (event.key, monotonic())
        if asked and monotonic() - asked[1] > 1.5:
            runner.answer(asked[0], "yes")
    assert event.reason == "idle"  # but only in the sleep after the answer
    assert monotonic() - asked[1] > 1.5


def test_it_asks_for_permission(sandbox, place):
    runner = runner_of(sandbox, "[[step]]\npermission = {text = 'May I?', timeout_seconds = 5}")
    events = []
    for event in runner.work(brief(), place, LIMITS):
        events.append(event)
        if isinstance(event, PermissionAsked):
            assert (event.text, event.timeout_seconds) == ("May I?", 5)
            runner.answer(event.key, "refuse")
    assert Message(text="Permission: refuse") in events


def test_it_takes_a_message_while_it_runs(sandbox, place):
    runner = runner_of(sandbox, "[[step]]\nsay = 'busy'\n[[step]]\nsleep = 0.4\n[[step]]\nsay = 'done'")
    texts = []
    for event in runner.work(brief(), place, LIMITS):
        if isinstance(event, Message):
            texts.append(event.text)
        if texts == ["busy"] and isinstance(event, Message):
            assert runner.steer("be quick")
    assert texts == ["busy", "I was told: be quick", "done"]
    assert not runner.steer("too late")


FEEDBACK = """
[[step]]
say = "first round"
[[feedback.step]]
reply = {thread = 1, text = "Only this"}
[[feedback.step]]
reply = {thread = "all", text = "Done"}
"""


def test_later_rounds_play_the_feedback_part(play):
    threads = (Feedback(thread=41, path="a.py"), Feedback(thread=57, path="b.py"))
    assert play(FEEDBACK, round=2, feedback=threads)[:-1] == [
        ThreadReply(thread=57, text="Only this"),
        ThreadReply(thread=41, text="Done"),
        ThreadReply(thread=57, text="Done"),
    ]


@pytest.mark.parametrize(("how", "reason", "code"), [("true", "killed", 137), ("3", "exit_status", 3)])
def test_it_crashes_as_told(play, how, reason, code):
    *_, last = play(f"[[step]]\ncrash = {how}\n[[step]]\nsay = 'never'")
    assert (last.reason, last.exit_code) == (reason, code)


def test_it_floods_at_a_rate(play):
    began = monotonic()
    events = play("[[step]]\nflood = {lines = 100, rate = 200}")
    lines = [line for event in events if isinstance(event, OutputLine) for line in event.text.splitlines()]
    assert len(lines) == 100
    assert monotonic() - began >= 0.45


def test_it_is_cancelled_within_five_seconds_from_another_thread(sandbox, place):
    runner = runner_of(sandbox, "[[step]]\nsay = 'sleeping'\n[[step]]\nrun = 'setsid sleep 300'")
    events, began = [], monotonic()
    for event in runner.work(brief(), place, LIMITS):
        events.append(event)
        if isinstance(event, Message):
            began = monotonic()
            threading.Thread(target=runner.cancel).start()
    assert (events[-1].reason, events[-1].detail) == ("cancelled", "It was cancelled.")
    assert monotonic() - began < 5


def test_a_cancel_before_the_start_is_not_lost(sandbox, place):
    runner = runner_of(sandbox, "[[step]]\nsleep = 30")
    runner.cancel()
    *_, last = runner.work(brief(), place, LIMITS)
    assert last.reason == "cancelled"


def test_a_secret_in_a_message_is_masked(sandbox, place):
    runner = runner_of(sandbox, "[[step]]\nsay = 'my key is sk-\"12345'", secrets=('sk-"12345',))
    assert Message(text="my key is [redacted]") in list(runner.work(brief(), place, LIMITS))


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("[[step", "The script is not TOML"),
        ("[[step]]\ndance = 1", "Step 1 has the unknown verb 'dance'. Known: ask, call, claim"),
        ("nowhere/script.toml", "No such file"),
        ("step = 3", "A script is a list of [[step]] tables."),
        ("step = [3]", "A script is a list of [[step]] tables."),
    ],
)
def test_a_bad_script_is_said_in_a_sentence(play, script, sentence):
    (last,) = play(script)
    assert last.exit_code is None
    assert sentence in last.detail


def test_a_script_may_be_a_file(play, tmp_path):
    file = tmp_path / "agent.toml"
    file.write_text("[[step]]\nsay = 'from a file'")
    assert play(str(file))[0] == Message(text="from a file")


def test_it_can_play_what_it_likes_but_not_forge_the_end(play):
    forged = '{"event": "finished", "exit_code": 0}'
    events = play(
        f"[[step]]\nrun = 'true'\n[[step]]\nflood = {{lines = 1}}\n[[step]]\nsay = '{forged}'\n[[step]]\ncrash = 2"
    )
    assert events[-1].exit_code == 2


def test_it_replaces_a_passage_and_says_when_it_is_not_there(play, place):
    (place.work / "a.py").write_text("x = 1\ny = 1\n")
    step = "[[step]]\nreplace = {path = 'a.py', old = '= 1', new = '= 2'}\n"
    events = play(step + "[[step]]\nreplace = {path = 'a.py', old = 'z', new = ''}")
    assert (place.work / "a.py").read_text() == "x = 2\ny = 1\n"
    assert [event.failed for event in events if isinstance(event, ToolCall)] == [False, True]


SEVERAL = """
[[for]]
title = "Add"
[[for.step]]
say = "adding"
[[for.feedback.step]]
say = "adding more"
[[for]]
title = "Remove"
[[for.step]]
say = "removing"
"""


def test_a_script_for_several_tasks_is_chosen_by_the_title(play):
    assert play(SEVERAL, title="Remove a greeting")[0] == Message(text="removing")
    assert play(SEVERAL, title="Add a greeting", round=2)[0] == Message(text="adding more")


def test_every_verb_of_the_program_is_known_to_the_reader():
    assert {*PLAYED, "when"} == VERBS


def test_it_replaces_a_passage(play, place):
    (place.work / "a").write_text("one two two")
    events = play(
        "[[step]]\nreplace = {path = 'a', old = 'two', new = '2'}\n"
        "[[step]]\nreplace = {path = 'a', old = 'x', new = ''}"
    )
    assert (place.work / "a").read_text() == "one 2 two"
    assert [event.failed for event in events if isinstance(event, ToolCall)] == [False, True]
