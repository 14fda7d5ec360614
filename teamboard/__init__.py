"""Teamboard: a local board on which one architect supervises a team of AI coding agents."""

__version__ = "0.1.0"
