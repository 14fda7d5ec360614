"""A Brief in the words that an agent reads (markdown)."""

from agents.contract import Brief, Feedback


def brief_text(brief: Brief) -> str:
    parts = [f"# {brief.title}", brief.body, _items("Acceptance criteria", brief.acceptance)]
    parts += [_items("Stay within these paths", brief.scope), _handover(brief), _message(brief), _feedback(brief)]
    parts.append(_manners(brief))
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def turn_text(brief: Brief) -> str:
    """For a conversation that goes on: what is new, or that it was broken off."""
    new = "\n\n".join(part for part in (_message(brief), _feedback(brief)) if part)
    if not new:
        new = "You were interrupted before you were done. Go on with this task where you were:\n\n" + brief_text(brief)
    return new.strip() + "\n"


def _handover(brief: Brief) -> str:
    return f"## What went before\n{brief.handover}" if brief.handover.strip() else ""


def _items(heading: str, items: tuple[str, ...]) -> str:
    return "\n".join((f"## {heading}", *(f"- {item}" for item in items))) if items else ""


def _message(brief: Brief) -> str:
    return f"## Message from the review\n{brief.message}" if brief.message.strip() else ""


def _feedback(brief: Brief) -> str:
    if not brief.feedback:
        return ""
    intro = f"## Feedback (round {brief.round})\nAnswer each thread by a change of the code, a reply, or both."
    return "\n\n".join((intro, *(_thread(thread) for thread in brief.feedback)))


def _thread(thread: Feedback) -> str:
    lines = [f"### Thread {thread.thread}: {_where(thread)}"]
    if thread.quoted:
        fence = "`" * max(3, _longest_ticks(thread.quoted) + 1)
        lines += [fence, thread.quoted.rstrip("\n"), fence]
    # Quoted, with its author: what people wrote is material for the agent, and recognisable as such.
    for author, body in thread.comments:
        lines += [f"**{_in_line(author)}**:", *(f"> {line}" for line in body.splitlines() or [""])]
    lines += [line for new in thread.suggestions for line in _suggestion(thread, new)]
    return "\n".join(lines)


def _suggestion(thread: Feedback, new: tuple[str, ...]) -> list[str]:
    """Said once more as what it is: the exact lines, to be put in or argued with."""
    where = _where(thread)
    if not new:
        return [f"Suggested change: take {where} away. Do so, or reply why not."]
    fence = "`" * max(3, _longest_ticks("\n".join(new)) + 1)
    return [f"Suggested replacement for {where}. Put it in as it is, or reply why not:", fence, *new, fence]


def _longest_ticks(text: str) -> int:
    longest = run = 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    return longest


def _in_line(name: str) -> str:
    """A name can neither end its line nor hide in it: it would speak with the board's voice."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def _where(thread: Feedback) -> str:
    if not thread.path:
        return "the whole change"
    path = _in_line(thread.path)
    if thread.start_line is None:
        return path
    last = thread.end_line or thread.start_line
    lines = f"line {thread.start_line}" if last == thread.start_line else f"lines {thread.start_line}-{last}"
    return f"{path}, {lines}" + (" (before the change)" if thread.side == "old" else "")


def _manners(brief: Brief) -> str:
    return (
        "## How to work here\n"
        "You are in the root of your own clone; the branch is checked out. Commit what you want to keep, in small "
        "commits with clear messages. What you leave uncommitted is committed for you. The checks of the project run "
        "after you are done; people review the result."
    )
