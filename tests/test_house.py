"""The house is tested: what the code promises about itself, read from the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template

from teamboard.board.states import TASK
from teamboard.events import bus
from teamboard.events.catalogue import FACTS, Fact
from teamboard.gate.states import ENTRY, INTENT
from teamboard.lib.statemachine import StateMachine
from teamboard.live import topics
from teamboard.reviews.states import CHANGE, CHECK_RUN, THREAD
from teamboard.runs.states import QUESTION, RUN, STEP, SUGGESTED

HOUSE = Path(__file__).parents[1]
SOURCES = sorted(
    path for root in ("teamboard", "agents") for path in (HOUSE / root).rglob("*.py") if "migrations" not in path.parts
)
TEXTS = [HOUSE / "README.md", HOUSE / "CHANGELOG.md", *sorted((HOUSE / "docs").rglob("*.md"))]
SCRIPTS = sorted((HOUSE / "static" / "js").rglob("*.js"))
TEMPLATES = sorted((HOUSE / "templates").rglob("*.html"))

MACHINES = {
    # Where each begins, and where each may end.
    "task": (TASK, "backlog", set()),
    "entry": (ENTRY, "queued", {"merged", "returned"}),
    "intent": (INTENT, "prepared", {"tree_synced"}),
    "change": (CHANGE, "open", {"merged"}),
    "thread": (THREAD, "open", set()),
    "check run": (CHECK_RUN, "queued", {"completed"}),
    "run": (RUN, "queued", {"succeeded"}),
    "step": (STEP, "ready", {"succeeded", "failed", "dead", "cancelled"}),
    "question": (QUESTION, "open", {"answered", "defaulted", "withdrawn"}),
    "suggested task": (SUGGESTED, "open", {"accepted", "dismissed"}),
}

MOVERS = {"teamboard/lib/statemachine.py", "teamboard/lib/lease.py"}
WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
# Writes of rows outside an action, each with its reason.
WRITERS = {
    "teamboard/accounts/limits.py": "counts wrong secrets; a count is no fact",
    "teamboard/accounts/repeats.py": "keeps answers to give them again; what was done is the fact",
    "teamboard/runs/workers.py": "heartbeats, which are no facts",
    "teamboard/pipeline/output.py": "index rows of output, which is no fact either",
}
# Calls of those names that write no row.
NO_ROWS = {
    "teamboard/api/routes/costs.py": "the decorator of a DELETE route",
    "teamboard/api/routes/projects.py": "the decorator of a DELETE route",
    "teamboard/api/routes/safety.py": "the decorator of a DELETE route",
    "teamboard/api/routes/tasks.py": "the decorator of a DELETE route",
    "teamboard/celery.py": "Celery's own settings",
    "teamboard/git/candidates.py": "a hash",
    "teamboard/ops/archive.py": "a hash",
    "teamboard/ops/restore.py": "files of git",
    "teamboard/parts/sight.py": "a set of line numbers",
    "teamboard/pipeline/projects.py": "folders of git",
}

LONGEST_MODULE, LONGEST_FUNCTION = 300, 60
LONG_MODULES = {"teamboard/git/inside.py": "one file on purpose: it is copied into the sandbox alone"}
# Imports inside a function, each with its reason.
LATE = {
    "teamboard/live/apps.py": "Django's models are ready only then",
    "teamboard/pipeline/apps.py": "Django's models are ready only then",
    "teamboard/ops/main.py": "the environment is chosen before Django reads it",
    "agents/probing.py": "the bundled program exists on Linux only",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes(kind: type | tuple[type, ...]) -> Iterator[tuple[str, ast.AST]]:
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, kind):
                yield name_of(path), node


def is_action(name: str) -> bool:
    return bool(re.match(r"teamboard/\w+/actions(\.py|/)", name)) or name.startswith("teamboard/events/")


# Facts


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_has_a_line_of_docs(fact: type[Fact]) -> None:
    text = (fact.__dict__.get("__doc__") or "").strip()
    assert text.endswith("."), f"{fact.__name__} says nothing about itself"
    assert not text.startswith(f"{fact.__name__}("), "a dataclass writes its signature where no docstring is"


def test_a_fact_concerns_a_topic_or_is_silent_by_list() -> None:
    assert set(topics.CONCERNS) == set(FACTS)
    for fact, kinds in topics.CONCERNS.items():
        assert set(kinds.split()) <= set(topics.KINDS), fact
    assert {fact.__name__ for fact in topics.SILENT} == {"DraftSaved", "FileViewed"}


def test_a_fact_is_published_by_an_action() -> None:
    made = {
        node.func.id
        for name, node in nodes(ast.Call)
        if is_action(name) and isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert {fact.__name__ for fact in FACTS} <= made


def test_only_actions_publish() -> None:
    found = {
        name
        for name, node in nodes(ast.Call)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("bus.publish", "publish")
    }
    assert {name for name in found if not is_action(name)} == set()
    assert callable(bus.publish)


# States


def test_the_list_of_machines_is_complete() -> None:
    made = [name for name, node in nodes(ast.Call) if ast.unparse(node).startswith("StateMachine(")]
    assert len(made) == len(MACHINES)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())
def test_a_state_is_reached_and_left_or_is_final(machine: tuple[StateMachine, str, set[str]]) -> None:
    table, begin, final = machine
    reached, ahead = {begin}, [begin]
    while ahead:
        new = table.moves.get(ahead.pop(), set()) - reached
        reached |= new
        ahead += new
    assert reached == table.states
    assert {state for state in table.states if not table.moves.get(state)} == final


def test_nobody_assigns_a_state() -> None:
    """Reading it again under a lock is not moving it."""
    found = []
    for name, node in nodes((ast.Assign, ast.AugAssign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
        moved = [t for t in targets if isinstance(t, ast.Attribute) and t.attr in ("state", "phase")]
        again = ".values_list('state', flat=True).get(" in ast.unparse(node)
        if moved and not again and name not in MOVERS:
            found.append(f"{name}:{node.lineno} {ast.unparse(node)}")  # type: ignore[attr-defined]
    assert found == []


def test_nobody_updates_a_state_past_its_machine() -> None:
    found = []
    for name, node in nodes(ast.Call):
        assert isinstance(node, ast.Call)
        written = {keyword.arg for keyword in node.keywords} & {"state", "phase"}
        updates = isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        if updates and written and name not in MOVERS:
            found.append(f"{name}:{node.lineno} {ast.unparse(node)}")
    assert found == []


def test_rows_are_written_by_actions_only() -> None:
    found: dict[str, list[str]] = {}
    for name, node in nodes(ast.Call):
        assert isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in WRITES and not is_action(name):
            found.setdefault(name, []).append(f"{node.lineno} {ast.unparse(node)}")
    known = MOVERS | WRITERS.keys() | NO_ROWS.keys()
    assert {name: calls for name, calls in found.items() if name not in known} == {}
    assert known - found.keys() == set(), "an exception that is none any more"


# Shape


def test_modules_and_functions_are_short() -> None:
    found = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*SOURCES, *SCRIPTS]}
    assert {name for name, lines in found.items() if lines > LONGEST_MODULE} == LONG_MODULES.keys()
    long = [
        f"{name} {node.name}"
        for name, node in nodes((ast.FunctionDef, ast.AsyncFunctionDef))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_imports_stand_at_the_top() -> None:
    late = {
        name
        for name, node in nodes((ast.FunctionDef, ast.AsyncFunctionDef))
        if any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node))
    }
    assert late == LATE.keys()


def test_a_script_says_what_it_is_for() -> None:
    assert [name_of(path) for path in SCRIPTS if not path.read_text(encoding="utf-8").startswith("// ")] == []


def test_a_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in SOURCES
        if path.name not in ("__init__.py", "apps.py") and not ast.get_docstring(tree_of(path))
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    nothing = {"utils", "helpers", "common", "manager", "misc"}
    assert [name_of(path) for path in SOURCES if path.stem in nothing] == []


def test_no_text_or_code_names_a_folder_of_some_machine() -> None:
    """/work and /home/agent are the sandbox's own and linuxbrew is a product; any other is where it was written."""
    machine = re.compile(r"(?<![\w.])(/root/|/home/(?!agent\b|linuxbrew\b)\w|/Users/\w)|[A-Z]:\\\\Users")
    found = [
        f"{name_of(path)}: {line.strip()}"
        for path in [*TEXTS, *SOURCES]
        for line in path.read_text(encoding="utf-8").splitlines()
        if machine.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(HOUSE / "templates")))
def test_a_template_compiles(path: Path) -> None:
    assert get_template(str(path.relative_to(HOUSE / "templates")))


def test_a_template_is_used() -> None:
    texts = [path.read_text(encoding="utf-8") for path in [*SOURCES, *TEMPLATES]]
    unused = []
    for path in TEMPLATES:
        name = str(path.relative_to(HOUSE / "templates"))
        if not any(f'"{name}"' in text or f"'{name}'" in text for text in texts):
            unused.append(name)
    assert unused in ([], ["403.html", "404.html", "500.html"]), f"nobody draws {unused}"
    assert engines["django"]
