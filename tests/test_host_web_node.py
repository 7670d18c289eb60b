"""What of projects for the browser needs no browser: the self-test in Node.js, and the linters.

KERONYX_NODE_HOSTS names the folder that .ci/node-hosts prints.
"""

import json
import shutil
from pathlib import Path

import hosting
import pytest
from hosting_pages import DRIVER
from hosting_refusals import exchanged, refused
from javascript_hosts import MODULES, Write, copied, copying, ill_formatted, missing, node, writing

MISSING = missing("onnxruntime-web")
UNFORMATTED = missing("prettier")
needed = pytest.mark.skipif(bool(MISSING), reason=MISSING)

write = writing("web", setup=not MISSING)
own = copying()


@needed
@pytest.mark.parametrize("name", [name for name in hosting.MODELS if name != "stateful-rows"])
def test_every_model_proves_itself(write: Write, name: str) -> None:
    done = node(write(name), "selftest.mjs")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("self-test passed: ")


@needed
@pytest.mark.parametrize("name", ["iris", "float64", "strings-out", "every-type"])
def test_a_changed_number_turns_the_exit_code(write: Write, tmp_path: Path, name: str) -> None:
    folder = copied(write, tmp_path, name)
    hosting.corrupt(folder)
    done = node(folder, "selftest.mjs")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("self-test failed: ")


@needed
def test_another_model_is_noticed(own: Path) -> None:
    for what, data, words in exchanged(own):
        (own / "model.onnx").write_bytes(data)
        done = node(own, "selftest.mjs")
        refused(done, "iris: model.onnx: ", words, what)


@needed
def test_what_is_missing_is_named(own: Path) -> None:
    package = json.loads((own / "package.json").read_text(encoding="utf-8"))
    assert package["scripts"] == {"postinstall": "node setup.mjs", "test": "node selftest.mjs"}
    shutil.rmtree(own / "onnxruntime")
    done = node(own, "selftest.mjs")
    assert done.returncode == 2
    assert "run npm install" in done.stderr
    (own / "vectors" / "outputs.csv").unlink()
    done = node(own, "selftest.mjs")
    assert (done.returncode, done.stderr) == (2, "iris: vectors/outputs.csv: no such file\n")


@pytest.mark.skipif(bool(UNFORMATTED), reason=UNFORMATTED)
@pytest.mark.parametrize("name", ["iris", "hostile", "fixed-batch"])
def test_sources_are_formatted(write: Write, name: str) -> None:
    assert ill_formatted(write(name)) == ""


@pytest.mark.skipif(bool(UNFORMATTED), reason=UNFORMATTED)
def test_the_driver_is_formatted() -> None:
    prettier = MODULES / "prettier" / "bin" / "prettier.cjs"
    assert node(DRIVER.parent, prettier, "--check", DRIVER.name).returncode == 0
