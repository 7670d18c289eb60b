"""How the tests of projects for the browser look at a page: served here, in a real Chromium."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from javascript_hosts import MODULES, NODE

CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
DRIVER: Final = Path(__file__).with_name("drive_page.mjs")
READY: Final = [
    "wait",
    "document.documentElement.dataset.selftest === 'error' || / per call/.test(timing.textContent)",
]
VERDICT: Final = ["evaluate", "document.documentElement.dataset.selftest"]

SHOWN: Final = ["wait", "!document.getElementById('predictions').hidden"]


class Quiet(SimpleHTTPRequestHandler):
    """What ``python3 -m http.server`` serves, without its words."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine while it is looked at."""
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def looked(folder: Path, *steps: list[Any]) -> tuple[list[Any], list[str]]:
    """Open a page, take the steps; return what each gave, and what the console said."""
    ((values, console),) = visited(folder, [({}, list(steps))])
    return values, console


def visited(
    folder: Path, visits: list[tuple[dict[str, Any], list[list[Any]]]]
) -> list[tuple[list[Any], list[str]]]:
    """Open a page several times, each in a context of its own."""
    assert NODE is not None
    with served(folder) as url:
        asked = [{"context": context, "steps": [READY, *steps]} for context, steps in visits]
        done = subprocess.run(
            [NODE, DRIVER, MODULES, str(CHROMIUM)],
            input=json.dumps({"url": url, "visits": asked}),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
    asked_for = {address for each in found for address in each["requests"]}
    assert not [each for each in asked_for if not each.startswith((url, "blob:"))]
    return [(each["values"][1:], each["console"]) for each in found]
