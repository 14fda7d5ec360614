"""Rows `change` and `change_files`: a change that nobody has looked at is opened, long ones and one of many files."""

from pathlib import Path

from tests.bench.report import Figure, p, spread
from tests.bench.stage import Stage, cpu_ms, timed
from tests.journey import sample
from tests.journey.main_job import git

LONG = 5
FILES, LINES = 200, 100
MANY_FILES = 2000
SIDES = 3


def measure(stage: Stage) -> Figure:
    repo = stage.repository("change")
    files = {f"part/{index:03}.py": _text(index) for index in range(FILES)}
    names = [_branch(repo, f"long/{number}", files, number) for number in range(LONG)]
    what = f"a change of {FILES} files and {FILES * LINES} lines opened for the first time, all of the page, slowest"
    return _opened(stage, repo, names, what)


def measure_files(stage: Stage) -> Figure:
    repo = stage.repository("change-files")
    files = {f"part/{index % 40}/{index}.py": _text(index, lines=2) for index in range(MANY_FILES)}
    names = [_branch(repo, f"wide/{number}", files, number) for number in range(SIDES)]
    return _opened(stage, repo, names, f"the same for a change of {MANY_FILES} files")


def _opened(stage: Stage, repo: Path, names: list[str], what: str) -> Figure:
    """Its first 300 lines must be there within the goal; what is measured has all that comes with the page."""
    project = stage.project(repo)
    made = [stage.ada.post(f"projects/{project['id']}/changes", branch=name)["id"] for name in names]
    pages = [f"/changes/{change}/" for change in made]
    for change in made:
        stage.ada.until(f"changes/{change}", lambda row: row["patch_sets"])
    stage.browser.get(f"/p/{project['id']}/")
    web = stage.board.children()["web"]
    before = cpu_ms(web)
    first = [stage.browser.timed(page) for page in pages]
    cpu = (cpu_ms(web) - before) / len(pages)
    again = [stage.browser.timed(page) for page in pages for _ in range(3)]
    floor = [timed(lambda name=name: git(repo, "diff", f"main...{name}")) for name in names]
    size = len(stage.browser.get(pages[0]))
    return Figure(
        what=what,
        value=max(first),
        goal=400,
        floor=p(0.5, floor),
        floor_is="git diff",
        more={"first": spread(first), "again": spread(again), "web_cpu_first": round(cpu, 1), "page_kb": size // 1024},
    )


def _branch(repo: Path, name: str, files: dict[str, str], number: int) -> str:
    """One commit ahead of main; the number makes it another tree."""
    git(repo, "checkout", "-q", "-b", name, "main")
    sample.write(repo, {path: f"NUMBER = {number}\n{text}" for path, text in files.items()}, f"Add {name}")
    git(repo, "checkout", "-q", "main")
    return name


def _text(index: int, lines: int = LINES) -> str:
    return "".join(f"def part_{index}_{line}(amount): return amount * {line}\n" for line in range(1, lines))
