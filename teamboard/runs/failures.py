"""Why runs fail: each code with a sentence and a remedy, in one list."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """What a person reads. `sentence` may hold {detail}."""

    code: str
    sentence: str
    remedy: str


_TABLE: dict[str, tuple[str, str]] = {
    # The agent itself
    "agent_missing": (
        "The agent's program was not found inside the sandbox.",
        "Check the command in the agent's settings, and grant the tool chain it needs under Settings, Sandbox.",
    ),
    "agent_error": (
        "The agent itself reported an error.",
        "Read what it said; change its model, mode or endpoint if that is the reason, then resume the run.",
    ),
    "endpoint_failed": (
        "The agent's model endpoint did not answer as it should.",
        "Check the address and the key in the agent's settings, and whether the endpoint is up; then resume the run.",
    ),
    "no_model": (
        "The agent has no model to work with.",
        "Give it an endpoint in its settings, then resume the run.",
    ),
    "exit_status": (
        "The agent ended with an error.",
        "Read its last lines of output; correct the command or the task, then resume the run.",
    ),
    "over_budget": (
        "A budget is used up, so the agent was stopped.",
        "Allow it more below and it continues from here: its work and its conversation are kept.",
    ),
    "killed": (
        "The agent was killed before it was done.",
        "It may have used too much memory or too many processes: raise its limits, then resume.",
    ),
    "timed_out": (
        "The agent used up its time.",
        "Raise the agent's limit of minutes or split the task, then resume: its work so far is kept.",
    ),
    "idle": (
        "The agent said nothing for too long and was stopped.",
        "Look at its last lines of output; resume the run, or raise the limit of idle minutes.",
    ),
    "output_flood": (
        "The agent printed more than a run may print.",
        "Make the command quieter, then resume the run. The first part of the output is kept.",
    ),
    "disk_full": (
        "The agent filled the disk space of its run.",
        "Remove what is not needed, raise the limit or make the task smaller, then resume.",
    ),
    "cancelled": ("The run was stopped.", "Resume it when you want it to go on: its work is kept."),
    "sandbox_missing": (
        "No agent can start: this machine has no working sandbox.",
        "Run `python manage.py doctor`; it names what is missing and how to get it.",
    ),
    "answer_missing": (
        "The agent's question stayed open until its turn ended.",
        "Answer the question and resume the run.",
    ),
    # What it left
    "nothing_done": (
        "The agent ended without changing any file.",
        "Make the task more concrete or check that the agent's command does its work, then resume.",
    ),
    "history_rewritten": (
        "The agent rewrote history: its commits no longer build on the commit it started from.",
        "Tell the agent to add commits on top and never to rebase or reset, then start a new run.",
    ),
    "workspace_gone": (
        "The agent deleted its own clone, so there is nothing to collect.",
        "Start the run again: it gets a fresh clone. Tell the agent to leave `.git` alone.",
    ),
    "file_too_big": (
        "The agent's work holds a file that is too big to keep.",
        "Leave it out (add it to .gitignore) or use a smaller one, then resume.",
    ),
    "refused_content": (
        "The agent's work was refused by the checks on what may enter the store.",
        "Remove the named file or name and resume.",
    ),
    # The board's own part
    "clone_failed": (
        "The private clone could not be made.",
        "Look at the reason, free disk space if it is full, then resume the run.",
    ),
    "setup_failed": (
        "The setup command failed.",
        "Read its output and correct the setup command in the settings, then resume.",
    ),
    "setup_timed_out": (
        "The setup command used up its time.",
        "Make it faster or give it network if it waits for downloads, then resume.",
    ),
    "project_not_ready": (
        "The project's repository is not ready.",
        "Look at the project's page for the reason, then resume the run.",
    ),
    "exhausted": (
        "The run lost its worker again and again and was given up.",
        "Run `python manage.py doctor`, look at the worker's log, then resume the run.",
    ),
    "internal_error": (
        "The board itself failed while it worked on this run.",
        "Resume the run; if it happens again, the worker's log has the details.",
    ),
}

FAILURES = {code: Failure(code, sentence, remedy) for code, (sentence, remedy) in _TABLE.items()}


def failure(code: str) -> Failure:
    """The failure of a code; an unknown code is told as it is rather than hidden."""
    unknown = Failure(code, f"The run failed ({code}).", "Read the output, then resume the run.")
    return FAILURES.get(code, unknown)
