from django.db import migrations


def keep_what_was_counted(apps, schema_editor):
    """Totals that runs kept before spends were: one spend each, of the day the run began, by the agent's own count."""
    Run, Spend = apps.get_model("runs", "Run"), apps.get_model("runs", "Spend")
    for run in Run.objects.exclude(usage={}).prefetch_related("steps"):
        steps = [step for step in run.steps.all() if step.kind == "work"]
        if not steps:
            continue
        used, usd = run.usage, run.usage.get("usd")
        tokens = {name: int(used.get(f"{name}_tokens", 0)) for name in ("input", "output", "cached")}
        micros = None if usd is None else round(usd * 1_000_000)
        Spend.objects.create(
            project_id=run.project_id,
            agent_id=run.agent_id,
            task_id=run.task_id,
            run=run,
            step=steps[-1],
            attempt=0,
            day=(run.started_at or run.created_at).date(),
            micros=micros,
            told_micros=micros,
            counts={"agent": [{"model": "", "price": "", "micros": 0, "written": 0, **tokens}]},
            input_tokens=tokens["input"],
            output_tokens=tokens["output"],
            cached_tokens=tokens["cached"],
            money="" if usd is None else "agent",
            unpriced_tokens=tokens["input"] + tokens["output"] if usd is None else 0,
        )


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_spends_budgets_and_prices")]

    operations = [migrations.RunPython(keep_what_was_counted, migrations.RunPython.noop)]
