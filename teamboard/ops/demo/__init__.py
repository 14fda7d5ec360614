"""The demo: a sample repository, four scripted agents with characters, two people. Every row comes from a real run."""
