"""Children of an interpreter that stays: each is confined, and it ends with whoever asked."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from isolated import IRIS

import keronyx
from keronyx.converter.errors import KeronyxError
from keronyx.isolation import landlock, nursery

pytestmark = pytest.mark.skipif(not nursery.can_serve(), reason="a nursery is for Linux")

FIRST, LAST = nursery.BEGIN.rsplit("; serve", 1)
BEFORE = "\nfrom keronyx.isolation import answer\ndef instead(inside, asked):\n    {deed}\n"
AFTER = "answer.answer = instead\nserve"


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    """Begin and end without an interpreter."""
    nursery._drop()
    yield
    nursery._drop()


def misbehaving(monkeypatch: pytest.MonkeyPatch, deed: str) -> None:
    """Have the children do something else than what is asked."""
    begin = FIRST.replace("; ", "\n") + BEFORE.format(deed=deed) + AFTER + LAST
    monkeypatch.setattr(nursery, "BEGIN", begin)


def number_of_it() -> int:
    return int(nursery._nurseries[0]._process.pid)


def children() -> list[int]:
    place = Path(f"/proc/{number_of_it()}/task/{number_of_it()}/children")
    return [int(number) for number in place.read_text().split()]


def gone(number: int) -> bool:
    """Wait until a process is gone."""
    for _ in range(1000):
        try:
            if Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def test_it_stays_and_its_children_do_not() -> None:
    parameters = keronyx.read(IRIS).parameters
    numbers = set()
    for _ in range(3):
        assert keronyx.read(IRIS, isolate=True).parameters == parameters
        numbers.add(number_of_it())
    assert len(numbers) == 1
    assert children() == []


def test_many_at_once() -> None:
    found: list[int] = []

    def read() -> None:
        found.append(keronyx.read(IRIS, isolate=True).parameters)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [keronyx.read(IRIS).parameters] * 8


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("import os; os.kill(os.getpid(), 11)", "ended without a word (SIGSEGV)"),
        ("import os; os.kill(os.getpid(), 9)", "was killed, most likely for want of memory"),
        ("inside.send(b'nonsense\\n')", "talked nonsense"),
        ("import os; os._exit(3)", "ended without a word (exit status 3)"),
    ],
)
def test_a_child_that_was_taken_over(
    monkeypatch: pytest.MonkeyPatch, deed: str, words: str
) -> None:
    misbehaving(monkeypatch, deed)
    with pytest.raises(KeronyxError) as caught:
        keronyx.read(IRIS, isolate=True)
    assert words in str(caught.value)


def test_a_child_ends_with_the_one_that_forked_it(monkeypatch: pytest.MonkeyPatch) -> None:
    misbehaving(monkeypatch, "import time; time.sleep(600)")
    seen: list[int] = []

    def kill() -> None:
        while not nursery._nurseries or not children():
            time.sleep(0.01)
        seen.extend(children())
        os.kill(number_of_it(), signal.SIGKILL)

    threading.Thread(target=kill).start()
    with pytest.raises(KeronyxError):
        keronyx.read(IRIS, isolate=True)
    assert [gone(number) for number in seen] == [True]


def test_another_path_disturbs_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    misbehaving(monkeypatch, "import time; time.sleep(1); instead.before(inside, asked)")
    monkeypatch.setattr(
        nursery,
        "BEGIN",
        nursery.BEGIN.replace(
            "answer.answer = instead", "instead.before = answer.answer\nanswer.answer = instead"
        ),
    )
    found: list[int] = []
    thread = threading.Thread(
        target=lambda: found.append(keronyx.read(IRIS, isolate=True).parameters)
    )
    thread.start()
    while not nursery._nurseries or not children():
        time.sleep(0.01)
    monkeypatch.setattr(sys, "path", [*sys.path, "elsewhere"])
    parameters = keronyx.read(IRIS, isolate=True).parameters
    thread.join()
    assert found == [parameters]
    assert len(nursery._nurseries) == 2


def test_after_its_end_there_is_another() -> None:
    keronyx.read(IRIS, isolate=True)
    first = number_of_it()
    os.kill(first, signal.SIGKILL)
    assert gone(first)
    assert keronyx.read(IRIS, isolate=True).parameters == keronyx.read(IRIS).parameters
    assert number_of_it() != first


def test_it_ends_where_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = FIRST.replace("; ", "\n") + "\nfrom keronyx.isolation import nursery\n"
    monkeypatch.setattr(nursery, "BEGIN", f"{begin}nursery.IDLE = 0.1\nserve{LAST}")
    keronyx.read(IRIS, isolate=True)
    first = number_of_it()
    assert gone(first)
    keronyx.read(IRIS, isolate=True)
    assert number_of_it() != first


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_children_have_one_thread_and_no_files_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment of their confinement: nothing is older, and nothing can be reached."""
    deed = (
        "import os\n"
        "    from keronyx.converter.errors import KeronyxError\n"
        "    from keronyx.isolation.wire import pack_error\n"
        "    tasks = len(os.listdir('/proc/self/task'))\n"
        "    kinds = sorted(os.readlink(f'/proc/self/fd/{each}').split(':')[0]\n"
        "                   for each in os.listdir('/proc/self/fd') if int(each) < 100\n"
        "                   and os.path.exists(f'/proc/self/fd/{each}'))\n"
        "    what = f'{tasks} {kinds} {inside.landlock > 0}'\n"
        "    inside.tell(result={'error': pack_error(KeronyxError(what))}, blobs=[])"
    )
    misbehaving(monkeypatch, deed)
    with pytest.raises(KeronyxError) as caught:
        keronyx.read(IRIS, isolate=True)
    told = str(caught.value)
    assert told.endswith("True")
    assert "1 [" in told
    assert "socket" not in told


def test_where_the_caller_is_and_what_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keronyx.read(IRIS, isolate=True)
    (tmp_path / "a.h5").write_bytes(IRIS.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert keronyx.read("a.h5", isolate=True).source == "a.h5"


def test_what_the_caller_is_told_its_children_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    deed = (
        "import os\n"
        "    from keronyx.converter.errors import KeronyxError\n"
        "    from keronyx.isolation.wire import pack_error\n"
        "    what = os.environ.get('KERONYX_SECONDS', 'nothing')\n"
        "    inside.tell(result={'error': pack_error(KeronyxError(what))}, blobs=[])"
    )
    misbehaving(monkeypatch, deed)
    for value in ("123", "456", None):
        if value is None:
            monkeypatch.delenv("KERONYX_SECONDS")
        else:
            monkeypatch.setenv("KERONYX_SECONDS", value)
        with pytest.raises(KeronyxError, match=value or "nothing"):
            keronyx.read(IRIS, isolate=True)


ENDING = """
import os, sys, threading, time, _thread
import keronyx
from keronyx.isolation import nursery
nursery.BEGIN = {begin!r}
def later():
    time.sleep(0.5)
    while not nursery._nurseries:
        time.sleep(0.01)
    number = nursery._nurseries[0]._process.pid
    place = f"/proc/{{number}}/task/{{number}}/children"
    while not open(place).read():
        time.sleep(0.01)
    print(number, open(place).read(), flush=True)
    {deed}
threading.Thread(target=later, daemon=True).start()
try:
    keronyx.read(sys.argv[1], isolate=True)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(
    ("deed", "status", "said"),
    [
        ("_thread.interrupt_main()", 0, "interrupted\n"),
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
    ],
)
def test_children_end_with_whoever_asked(deed: str, status: int, said: str) -> None:
    """Interrupted, only the child ends; killed, the interpreter that forked it too."""
    hang = BEFORE.format(deed="import time; time.sleep(600)")
    begin = FIRST.replace("; ", "\n") + hang + AFTER + LAST
    program = ENDING.format(begin=begin, deed=deed)
    command = [sys.executable, "-c", program, str(IRIS)]
    done: Any = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    first, _, rest = done.stdout.partition("\n")
    assert (done.returncode, rest, done.stderr) == (status, said, "")
    for number in map(int, first.split()):
        assert gone(number)
