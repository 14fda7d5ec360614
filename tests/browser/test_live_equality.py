"""A page that stays open shows what the same page shows when it is loaded; one lost or late frame is noticed."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.board_process import BoardProcess
from tests.browser.chromium import chromium
from tests.browser.live_actions import ACTIONS, WEIGHTS
from tests.browser.live_scene import Scene
from tests.browser.live_walk import Walk

STEPS = 200
KINDS = 15
# One walk: LIVE_SEED=7 make soak ARGS=tests/browser
SEEDS = [int(os.environ["LIVE_SEED"])] if "LIVE_SEED" in os.environ else range(1, 11)
CHECKPOINTS = 4
# A frame takes a tenth of this.
LONG_ENOUGH = 2.0

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def scene(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("live")
    with BoardProcess(folder / "data") as board:
        yield Scene(browser, board, folder)


def rename_card(scene: Scene) -> None:
    scene.ada_api.patch(f"tasks/{scene.tasks[0]}", title=f"At {time.monotonic()}")


def turn_the_brake(scene: Scene) -> None:
    frozen = scene.ada_api.get(f"projects/{scene.pid}/queue")["frozen"]
    scene.ada_api.post(f"projects/{scene.pid}/queue/{'unfreeze' if frozen else 'freeze'}")


SPOTS = [
    pytest.param("board", "card-1", rename_card, id="card"),
    pytest.param("queue", "queue-state", turn_the_brake, id="brake"),
]


@pytest.mark.parametrize(("name", "target", "act"), SPOTS)
def test_a_dropped_frame_is_noticed(scene: Scene, name: str, target: str, act: Callable[[Scene], None]) -> None:
    page = scene.rui.live[name]
    assert scene.rui.differences(page) == ""
    page.fault("drop", target)
    act(scene)
    page.until("watched.faults === 1")
    assert scene.rui.differences(page, LONG_ENOUGH) != ""
    page.reload()


@pytest.mark.parametrize(("name", "target", "act"), SPOTS)
def test_two_swapped_frames_are_noticed(scene: Scene, name: str, target: str, act: Callable[[Scene], None]) -> None:
    page = scene.rui.live[name]
    assert scene.rui.differences(page) == ""
    page.fault("swap", target)
    act(scene)
    page.until("watched.held !== null")
    act(scene)
    page.until("watched.faults === 1")
    assert scene.rui.differences(page, LONG_ENOUGH) != ""
    page.reload()


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
def test_live_pages_equal_loaded_ones_after_200_random_actions(browser: Browser, tmp_path: Path, seed: int) -> None:
    with BoardProcess(tmp_path / "data") as board:
        walk_and_compare(Scene(browser, board, tmp_path), seed)


def walk_and_compare(scene: Scene, seed: int) -> None:
    walk = Walk(scene, seed, ACTIONS, WEIGHTS)
    for number in range(1, CHECKPOINTS + 1):
        told = [walk.step() for _ in range(STEPS // CHECKPOINTS)]
        # A frame that comes late and wrong would be missed by a comparison that is content at once.
        found = scene.differences(patient=number == CHECKPOINTS)
        assert not found, f"LIVE_SEED={seed}, the last actions: {', '.join(told)}\n{found}"
    print(f"LIVE_SEED={seed}", walk.done, walk.seconds.most_common(), sum(walk.seconds.values()))
    assert len(walk.done) >= KINDS, walk.done
    assert {page.name: page.fetched_whole() for page in scene.pages if page.fetched_whole()} == {}
