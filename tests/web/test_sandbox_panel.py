"""The settings page on a machine where nothing can be held in."""

from django.template.loader import render_to_string

from agents import NoSandbox


def test_it_says_that_nothing_starts_and_why_and_what_to_do() -> None:
    missing = NoSandbox(reason="User namespaces are forbidden here.", remedy="Allow them, then start the board again.")
    html = render_to_string("settings/sandbox.html", {"missing": missing, "grants": []})
    assert "No agent and no check starts on this machine" in html
    assert missing.reason in html
    assert missing.remedy in html
