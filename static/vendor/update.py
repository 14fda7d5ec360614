"""Fetch the vendored scripts anew with `npm pack` and write LOCK.json. Needed only to change a version."""

import base64
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = [
    ("htmx.org", "4.0.1", "dist/htmx.min.js"),
    ("sortablejs", "1.15.7", "Sortable.min.js"),
]


def fetch(name: str, version: str, file: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=folder, check=True)
        archive = next(Path(folder).glob("*.tgz"))
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        place = HERE / f"{name}@{version}"
        place.mkdir(exist_ok=True)
        with tarfile.open(archive) as tar:
            for member in (file, "LICENSE"):
                (place / Path(member).name).write_bytes(tar.extractfile(f"package/{member}").read())
            package = json.load(tar.extractfile("package/package.json"))
    script = place / Path(file).name
    return {
        "name": name,
        "version": version,
        "integrity": integrity,
        "file": str(script.relative_to(HERE)),
        "sha256": hashlib.sha256(script.read_bytes()).hexdigest(),
        "licence": package["license"],
    }


if __name__ == "__main__":
    lock = [fetch(*package) for package in PACKAGES]
    (HERE / "LOCK.json").write_text(json.dumps(lock, indent=2) + "\n")
