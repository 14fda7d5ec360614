"""The change page as one reader sees it: the pieces of the head, the tree, the diff and the evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString

from teamboard.git.diff import FileDiff
from teamboard.parts import change as head
from teamboard.parts.checks import check_section
from teamboard.parts.code import clean
from teamboard.parts.diff import diff
from teamboard.parts.marks import icon, safe
from teamboard.parts.paths import key_of
from teamboard.parts.places import Sight
from teamboard.parts.sentences import plural
from teamboard.parts.sight import Placed, changed_since_viewed, drawing, files_of, placed, viewed_paths
from teamboard.parts.threads import Reader
from teamboard.parts.verdict import newer_notice, verdict
from teamboard.reviews.models import Change
from teamboard.reviews.queries import served_to


@dataclass(frozen=True)
class Room:
    change: Change
    sight: Sight
    reader: Reader
    files: tuple[FileDiff, ...]
    threads: Placed
    split: bool = False

    @cached_property
    def viewed(self) -> frozenset[str]:
        return viewed_paths(self.change, self.reader, self.files)


def enter(change: Change, sight: Sight, reader: Reader, *, split: bool = False) -> Room:
    files = files_of(change, sight)
    return Room(change, sight, reader, files, placed(change, sight, reader, files), split)


def pieces(room: Room) -> dict[str, SafeString]:
    """What the page's template puts in its places."""
    change, sight = room.change, room.sight
    drawn = drawing(change, sight, room.reader, room.files, room.threads, split=room.split)
    made = {
        "what": head.what(change),
        "votes": head.vote_list(change),
        "verdict": verdict(change, sight, room.reader),
        "patch_sets": head.patch_sets(change, sight, seen_numbers(change, room.reader)),
        "requirements": head.requirement_list(change),
        "newer": newer_notice(change, sight),
        "notices": head.notices(change),
        "tree": tree(room, drawn.viewed),
        "progress": progress(len(drawn.viewed), len(room.files)),
        "talk": change_level(room.threads),
        "diff": diff(room.files, drawn),
        "checks": check_section(change, head.newest(change)),
        "claims": claims(change),
    }
    return {name: safe(html) for name, html in made.items()}


def seen_numbers(change: Change, reader: Reader) -> frozenset[int]:
    given = served_to(change, reader.user)
    return frozenset(row.number for row in change.patch_sets.all() if row.pk in given)


def change_level(threads: Placed) -> str:
    return f'<div id="change-threads">{threads.change_level}</div>'


def progress(viewed: int, files: int) -> str:
    share = viewed / files if files else 1
    return (
        f'<span class="progress-words" id="progress"><span class="budget" style="--v:{share:.2f}"></span>'
        f"{viewed} of {files} Viewed</span>"
    )


# --- the file tree


def tree(room: Room, viewed: frozenset[str]) -> str:
    since = changed_since_viewed(room.change, room.reader, room.files)
    items = "".join(_tree_items(room.files, room.threads.open, viewed, since))
    return (
        '<nav class="tree rail" id="tree" aria-label="Files"><div class="section-head"><h2>Files</h2>'
        f'<span class="count">{len(room.files)}</span><span class="aside">{len(viewed)} Viewed</span></div>'
        '<label class="sr" for="file-filter">Filter files</label>'
        f'<input class="input" id="file-filter" placeholder="Filter files"><ul>{items}</ul></nav>'
    )


def _tree_items(
    files: Iterable[FileDiff], opened: dict[str, int], viewed: frozenset[str], since: frozenset[str]
) -> Iterable[str]:
    last = None
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if folder != last:
            yield f'<li class="tree-dir">{clean(folder) or "at the top"}</li>'
            last = folder
        yield _tree_file(file, name, opened.get(file.path, 0), file.path in viewed, file.path in since)


def _tree_file(file: FileDiff, name: str, opened: int, viewed: bool, since: bool) -> str:
    mark = icon("check", "xs", "viewed") if viewed else ""
    if since:
        mark = '<span class="changed" role="img" aria-label="changed since you viewed it">•</span>'
    threads = (
        f'<span class="dot-open" role="img" aria-label="{plural(opened, "open thread")}">{opened}</span>'
        if opened
        else ""
    )
    return (
        f'<li><a class="tree-file" href="#file-{key_of(file.path)}"{" data-viewed" if viewed else ""}>'
        f'<span class="viewed">{mark}</span><span class="clip">{clean(name)}</span><span class="marks">{threads}'
        f'<span class="mono">{file.additions + file.deletions}</span></span></a></li>'
    )


# --- what the agent says about its work


def claims(change: Change) -> str:
    last = head.newest(change)
    said = last.run.claims if last and last.run else []
    if not said:
        return ""
    rows = "".join(
        f'<li class="claim" data-tone="mute">{icon("circle-minus", "")}<div><p class="said" hx-ignore>'
        f'{clean(_words(claim))}</p><p class="proof"><b>unverified</b>no check is bound to this claim</p></div></li>'
        for claim in said
    )
    return (
        '<section class="section" id="claims" data-read="no"><header class="section-head"><h2>Claims</h2>'
        f'<span class="aside">{len(said)} by the agent</span></header><div class="claims-folded"><p><b>Read the code '
        'first.</b> What the agent says about its work opens after it.</p><div class="row">'
        f'<span class="status" data-tone="mute">{icon("circle-minus")}<span class="word">{len(said)} unverified</span>'
        '</span><button class="btn" data-kind="quiet" data-size="s" data-act="open-claims">Open now</button></div>'
        f'</div><ul class="claim-list">{rows}</ul></section>'
    )


def _words(claim: object) -> str:
    return str(claim.get("text", claim)) if isinstance(claim, dict) else str(claim)
