"""The database itself refuses to change or remove what was logged."""

from typing import Any

from django.db import migrations

SQLITE = [
    f"CREATE TRIGGER event_never_{word}d BEFORE {word.upper()} ON events_event "
    "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    for word in ("update", "delete")
]
POSTGRES = [
    "CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
    *(
        f"CREATE TRIGGER event_never_{word}d BEFORE {word.upper()} ON events_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_event_change()"
        for word in ("update", "delete")
    ),
]


def protect(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRES}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def release(apps: Any, schema_editor: Any) -> None:
    of = " ON events_event" if schema_editor.connection.vendor == "postgresql" else ""
    for word in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER event_never_{word}d{of}")
    if of:
        schema_editor.execute("DROP FUNCTION refuse_event_change()")


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunPython(protect, release)]
