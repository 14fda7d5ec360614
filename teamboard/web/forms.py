"""What pages send, brought into the types that actions take. The rules themselves stand in the actions."""

import shlex
from typing import Any

from django import forms

from teamboard.board.models import Project, Task
from teamboard.lib.refusal import Refused
from teamboard.web.htmx import invalid


class Lines(forms.CharField):
    """One item a line, or separated by commas where `commas` says so."""

    def __init__(self, *, commas: bool = False, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.commas = commas

    def clean(self, value: Any) -> list[str]:
        text = str(super().clean(value) or "")
        items = text.replace(",", "\n").splitlines() if self.commas else text.splitlines()
        return [item.strip() for item in items if item.strip()]


class Command(forms.CharField):
    """A command line as people type it, split like a shell would."""

    def clean(self, value: Any) -> list[str]:
        text = str(super().clean(value) or "")
        try:
            return shlex.split(text)
        except ValueError as wrong:
            raise forms.ValidationError(f"cannot be split into words ({wrong}). Close the quotation.") from wrong


def cleaned(form: forms.Form) -> dict[str, Any]:
    """The values, or the refusal that says what is wrong."""
    if not form.is_valid():
        raise invalid(form)
    return dict(form.cleaned_data)


class OpenRepository(forms.Form):
    location = forms.CharField(max_length=1000, error_messages={"required": "Name a folder or a clone URL."})
    target = forms.CharField(max_length=250, required=False)
    name = forms.CharField(max_length=120, required=False)


class Named(forms.Form):
    """A person names themselves."""

    secret = forms.CharField(max_length=200, error_messages={"required": "This link has no secret: open it again."})
    username = forms.CharField(max_length=150, required=False)
    display_name = forms.CharField(max_length=80, required=False)


class OwnName(forms.Form):
    name = forms.CharField(max_length=80, error_messages={"required": "Say how you want to be called."})


class TaskText(forms.Form):
    """One line makes a task; the rest unfolds."""

    title = forms.CharField(max_length=2000, required=False)
    body = forms.CharField(required=False)
    acceptance = Lines()
    scope = Lines(commas=True)
    labels = Lines(commas=True)
    priority = forms.IntegerField(required=False)
    agent = forms.IntegerField(required=False)
    start_when_free = forms.BooleanField(required=False)
    waits_for = Lines(commas=True)

    def fields_given(self, project: Project) -> dict[str, Any]:
        values = cleaned(self)
        values["priority"] = values["priority"] or 0
        values["waits_for"] = tasks_named(project, values["waits_for"])
        return values


def tasks_named(project: Project, refs: list[str]) -> list[Task]:
    """Tasks by ref (LL-12) or bare number."""
    return [_task_named(project, ref) for ref in refs]


def _task_named(project: Project, ref: str) -> Task:
    number = ref.upper().removeprefix(f"{project.key}-")
    found = project.tasks.filter(number=int(number)).first() if number.isdecimal() and len(number) < 9 else None
    if found is None:
        remedy = f"Write refs of this board, like {project.key}-12, separated by commas."
        raise Refused(
            "unknown_task", f"There is no task {ref}.", remedy=remedy, status=422, details={"field": "waits_for"}
        )
    return found


class Invite(forms.Form):
    role = forms.CharField()
    days = forms.IntegerField(min_value=1, max_value=30, initial=7)


class AgentText(forms.Form):
    name = forms.CharField(max_length=60, required=False)
    kind = forms.CharField(max_length=20, required=False)
    command = Command(required=False)
    script = forms.CharField(required=False)
    model = forms.CharField(max_length=100, required=False)
    mode = forms.CharField(max_length=40, required=False)
    base_url = forms.CharField(max_length=500, required=False)
    api_key = forms.CharField(max_length=1000, required=False)

    def fields_given(self) -> dict[str, Any]:
        """The endpoint is one field of an agent; a key that is left out is kept."""
        values = cleaned(self)
        url, key = values.pop("base_url"), values.pop("api_key")
        return {**values, "endpoint": {"base_url": url, "api_key": key}}


class Room(forms.Form):
    """Amounts as people type them; the action says what is wrong with them."""

    usd = forms.CharField(max_length=30, required=False)
    tokens = forms.CharField(max_length=30, required=False)


class PriceText(forms.Form):
    model = forms.CharField(max_length=100, required=False)
    input = forms.CharField(max_length=30, required=False)
    output = forms.CharField(max_length=30, required=False)
    cached = forms.CharField(max_length=30, required=False)
    written = forms.CharField(max_length=30, required=False)


class GrantText(forms.Form):
    kind = forms.ChoiceField(choices=[("toolchain", "toolchain"), ("path", "path"), ("network", "network")])
    value = forms.CharField(max_length=1000)


class SettingsText(forms.Form):
    checks = Lines()
    setup = Command(required=False)
    needs = Lines(commas=True)
    network = forms.CharField(max_length=20, required=False)
    guarded = Lines()
    method = forms.CharField(max_length=20, required=False)
