"""Real programs driven through the board: task, run, edit, patch set, feedback, the next patch set, and the bill."""

import pytest

from tests.real_agents.walk import Office

pytestmark = pytest.mark.agents

FIRST, SECOND = "[[write hello.py print(1)]]", "[[write second.py print(2)]]"


@pytest.mark.parametrize("kind", ["claude"])
def test_it_writes_a_patch_set_and_another_after_feedback(office: Office, installed, kind: str) -> None:
    installed(kind)
    run = office.start(office.hire(kind), f"Please do this. {FIRST}")
    first = office.until(run, "waiting", patch_sets=1)
    assert office.files(first, 1) == {"hello.py"}
    office.api.post(f"changes/{first['change']}/request-changes", body=f"One more. {SECOND}")
    second = office.until(run, "waiting", patch_sets=2)
    assert office.files(second, 2) == {"hello.py", "second.py"}
    assert {name: second["usage"][name] for name in office.server.log.usage} == office.server.log.usage
    assert office.server.log.refused == []
    assert office.holds_the_key() == []
