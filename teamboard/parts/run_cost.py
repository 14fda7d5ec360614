"""The run page when something was counted, or when what it may use was changed."""

from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts import cost
from teamboard.parts.deeds import acts
from teamboard.parts.registry import Frame, drawn_once, live_part, looked_at
from teamboard.parts.run import head
from teamboard.runs import queries
from teamboard.runs.models import Run


@live_part(facts.SpendCounted, facts.CostRulesChanged, topic="runstate")
def frames(logged: Logged) -> list[Frame]:
    pk = getattr(logged.fact, "run", None)
    found = Run.objects.filter(pk=pk) if pk else looked_at("runstate", Run.objects.filter(project=logged.project))
    return [frame for run in found.values_list("pk", flat=True) for frame in _frames_of(run)]


@drawn_once
def _frames_of(pk: int) -> list[Frame]:
    run, topic = queries.run_page(pk), f"runstate.{pk}"
    return [
        Frame(topic, target="run-cost", html=cost.of_run(run)),
        Frame(topic, target="run-head", html=head(run)),
        Frame(topic, target="run-acts", html=acts(run)),
    ]
