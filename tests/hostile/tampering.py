"""Family T: ways to make checks pass without doing the work, as a diff shows them, and what the board says of each."""

REMOVED, SKIPPED, EXITS, FEWER, GUARDED = "removed", "skipped", "exits", "fewer assertions", "guarded"

# What -> (path, the hunk, what is said)
TAMPERING: dict[str, tuple[str, str, str]] = {
    "a test goes": ("tests/test_a.py", "-def test_sum():\n-    assert total() == 3", REMOVED),
    "a test is renamed away": (
        "tests/test_a.py",
        "-def test_sum():\n+def sum_test():\n     assert total() == 3",
        REMOVED,
    ),
    "a class of tests goes": ("tests/test_a.py", "-class TestSum:\n-    pass", REMOVED),
    "a skip": ("tests/test_a.py", "+@pytest.mark.skip\n def test_sum():", SKIPPED),
    "a skip with a condition that always holds": (
        "tests/test_a.py",
        "+@pytest.mark.skipif(True, reason='x')\n def test_a():",
        SKIPPED,
    ),
    "an expected failure": ("tests/test_a.py", "+@pytest.mark.xfail(strict=False)\n def test_sum():", SKIPPED),
    "a whole file skipped": ("tests/test_a.py", "+pytestmark = pytest.mark.skip('later')", SKIPPED),
    "a skip in another language": ("src/a.test.ts", "+it.skip('adds up', () => {})", SKIPPED),
    "an early exit": ("tests/conftest.py", "+    sys.exit(0)", EXITS),
    "an exit past every handler": ("tests/test_a.py", "+os._exit(0)", EXITS),
    "a true assertion": ("tests/test_a.py", "-    assert total() == 3\n+    assert True", FEWER),
    "a one for an assertion": ("tests/test_a.py", "-    assert total() == 3\n+    assert 1", FEWER),
    "a number that equals itself": (
        "tests/test_a.py",
        "-    self.assertEqual(total(), 3)\n+    self.assertTrue(True)",
        FEWER,
    ),
    "an assertion that expects a literal": (
        "src/a.test.ts",
        "-  expect(total()).toBe(3)\n+  expect(true).toBe(true)",
        FEWER,
    ),
    "assertions go": ("tests/test_a.py", "-    assert total() == 3\n-    assert total() > 1\n+    total()", FEWER),
    "a hook that turns every report green": (
        "conftest.py",
        "+def pytest_runtest_makereport(item, call):\n+    pass",
        GUARDED,
    ),
    "a hook deep in the tree": ("src/pkg/conftest.py", "+collect_ignore_glob = ['*']", GUARDED),
    "options of the tests": ("pytest.ini", "+addopts = -k nothing", GUARDED),
    "options elsewhere": ("pyproject.toml", "+addopts = '--deselect tests/test_a.py'", GUARDED),
    "a lowered threshold": ("setup.cfg", "-fail_under = 90\n+fail_under = 0", GUARDED),
    "another lock": ("uv.lock", "-version = 1\n+version = 2", GUARDED),
    "another script": ("package.json", '-  "test": "jest"\n+  "test": "true"', GUARDED),
    "another target": ("Makefile", "-test: ; pytest\n+test: ; true", GUARDED),
    "the checks themselves": (".teamboard/project.toml", "+required = false", GUARDED),
}
