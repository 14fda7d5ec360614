"""One at a time."""

from pathlib import Path

from teamboard.pipeline.alone import alone


def test_the_second_is_told_at_once_and_the_next_one_may(tmp_path: Path) -> None:
    lock = tmp_path / "made" / "work.lock"
    with alone(lock) as first, alone(lock) as second:
        assert (first, second) == (True, False)
    with alone(lock) as next_one:
        assert next_one
