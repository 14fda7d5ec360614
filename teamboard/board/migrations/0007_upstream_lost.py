from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("board", "0006_deleted_tasks")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="upstream_lost_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="project",
            name="upstream_problem",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
    ]
