"""Why a line is there: line, commit, patch set, run and round, what was asked for, task."""

from collections.abc import Iterator

from teamboard.git.blame import Written, written
from teamboard.git.command import GitError
from teamboard.lib.refusal import Refused
from teamboard.parts.code import clean, shown
from teamboard.parts.marks import ago, icon, safe
from teamboard.parts.places import Sight
from teamboard.reviews import storage
from teamboard.reviews.models import Change, PatchSet, Thread

UNKNOWN = Refused("no_such_line", "The board cannot tell where this line comes from.", status=404)


def chain(change: Change, sight: Sight, path: str, side: str, line: int, text: str) -> str:
    found = _written(change, sight, path, side, line)
    of_change = None if found.older or side == "old" else _patch_set(change, found.sha)
    links = [_link("mute", "file", f"{clean(path)}, line {line}", f'<code class="line">{shown(text)}</code>')]
    links.append(_commit(found, before=of_change is None))
    links += _origin(change, of_change) if of_change else []
    return safe(f'<ol class="why-chain">{"".join(links)}</ol>')


def _written(change: Change, sight: Sight, path: str, side: str, line: int) -> Written:
    stores, (base, head) = storage.stores(change.project_id), sight.revision
    try:
        found = written(stores, base, head, path, line) if side == "new" else written(stores, "", base, path, line)
        # Older than the change: its own commit is told, not the one that the change began on.
        return written(stores, "", base, found.path, found.line) if found.older and side == "new" else found
    except (GitError, ValueError, KeyError):
        raise UNKNOWN from None


def _patch_set(change: Change, sha: str) -> PatchSet | None:
    """The first one that had the commit."""
    stores = storage.stores(change.project_id)
    rows = change.patch_sets.select_related("run__agent", "step", "uploaded_by")
    return next((row for row in rows if stores.is_ancestor(sha, row.head_sha)), None)


def _commit(found: Written, *, before: bool) -> str:
    words = "It was there before this change" if before else "Written by"
    by = f'<span class="mono">{found.sha[:10]}</span> by {clean(found.author)}, {ago(found.at)} ago'
    return _link("mute", "git-commit-horizontal", words, clean(found.summary), by)


def _origin(change: Change, of_change: PatchSet) -> Iterator[str]:
    by = of_change.uploaded_by.label if of_change.uploaded_by else ""
    who = f"uploaded by {clean(by)}" if by else ""
    link = f'<a class="link" href="/changes/{change.pk}/?ps={of_change.number}">Patch set {of_change.number}</a>'
    yield _link("human", "layers", "It came with", link, who)
    if of_change.run:
        turn = f", round {of_change.step.round}" if of_change.step else ""
        run = f'<a class="link" href="/runs/{of_change.run.pk}/">Run {of_change.run.number}{turn}</a>'
        yield _link("agent", "bot", f"Made by {clean(of_change.run.agent.name)}", run)
        yield from _asked(change, of_change)
    if change.task:
        task = (
            f'<a class="link" href="/tasks/{change.task.pk}/">{clean(change.task.ref)}</a> {clean(change.task.title)}'
        )
        yield _link("human", "target", "For the task", task)


def _asked(change: Change, of_change: PatchSet) -> Iterator[str]:
    wanted = of_change.step.request.get("feedback", []) if of_change.step else []
    for thread in Thread.objects.filter(change=change, pk__in=wanted).prefetch_related("comments__author_user"):
        first = next((row for row in thread.comments.all() if row.published_at), None)
        if first:
            said = clean(first.body.strip().split("\n")[0][:160])
            name = clean(first.author_user.label) if first.author_user else "somebody"
            yield _link(
                "human", "message-square", f"{name} asked", f'<a class="link" href="#thread-{thread.pk}">{said}</a>'
            )


def _link(tone: str, mark: str, words: str, what: str, more: str = "") -> str:
    rest = f'<p class="more">{more}</p>' if more else ""
    return (
        f'<li data-tone="{tone}"><span class="bead">{icon(mark, "xs")}</span><div><h3>{words}</h3>'
        f'<p class="is">{what}</p>{rest}</div></li>'
    )
