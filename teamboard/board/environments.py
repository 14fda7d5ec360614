"""In which environment a project's checks run on this machine: what decides it beside the tree itself (D10)."""

from agents import identity
from teamboard.board import projectfile, queries
from teamboard.board.models import Grant, Project


def environment_digest(project: Project) -> str:
    """Equal for equal set-up command, tools and network. Lock files are in the tree, which names a verdict as well."""
    setup = queries.settings_body(project).get("setup")
    network = any(grant.kind == Grant.NETWORK for grant in queries.grants_for(project))
    return projectfile.digest({"setup": setup, "tools": tools_of(project), "network": network})


def tools_of(project: Project) -> list[str]:
    """What is granted, so that an upgraded tool chain is another one. Programs of /usr that nobody named count not."""
    grants = [grant for grant in queries.grants_for(project) if grant.kind in (Grant.PATH, Grant.TOOLCHAIN)]
    named = [f"{row.value}={identity(row.value)}" if row.kind == Grant.TOOLCHAIN else row.value for row in grants]
    return sorted(set(named))
