"""Compare what gen_versions.py recorded: where does a case change from one Keras to the next?

  python compare_versions.py sweep                       changes between the versions in sweep/
  PYTHONPATH=tests python compare_versions.py sweep --keronyx    and where keronyx says anything else

Needs NumPy alone, with --keronyx also keronyx and onnxruntime.
"""
import argparse, json, re
from pathlib import Path

import numpy as np


def number(folder):
    return tuple(int(part) for part in re.findall(r"\d+", folder.name))


def load(folder):
    """-> name -> what one Keras said of the case"""
    said = {name: ("raises", words.split("\n")[0][:160]) for name, words in json.load(open(folder / "raised.json")).items()}
    declared = json.load(open(folder / "declared.json"))
    for path in sorted(folder.glob("*/case.json")):
        name = json.loads(path.read_text())["name"]
        with np.load(path.parent / "io.npz") as arrays:
            said[name] = ("gives", arrays["out_0"], declared[name])
    return said


def same(a, b):
    if a[0] != b[0]:
        return False
    if a[0] == "raises":
        return True
    if a[1].shape != b[1].shape or a[2] != b[2]:
        return False
    if a[1].dtype.kind in "US":
        return bool((a[1] == b[1]).all())
    x, y = a[1].astype("float64"), b[1].astype("float64")
    loose = 1e-2 if "float16" in a[2]["gives"] else 1e-5
    size = np.max(np.abs(y), initial=1, where=np.isfinite(y))
    return bool(np.allclose(x, y, rtol=loose, atol=loose * 1e-2 * size, equal_nan=True))


def words(said):
    if said is None:
        return "not there"
    if said[0] == "raises":
        return said[1]
    with np.errstate(all="ignore"):
        flat = np.ravel(said[1])
        some = " ".join("%.6g" % v if flat.dtype.kind in "fiub" else str(v) for v in flat[:6])
    return "%s %s, declared %s %s: %s" % (said[2]["gives"], list(said[1].shape), said[2]["dtype"], said[2]["shape"], some)


def changes(sweep):
    versions = sorted((f for f in Path(sweep).iterdir() if (f / "declared.json").exists()), key=number)
    found = {v.name: load(v) for v in versions}
    names = sorted({name for said in found.values() for name in said})
    for name in names:
        line, last = [], None
        for version in found:
            now = found[version].get(name)
            if last is None or now is None or not same(last, now):
                line.append("    %-8s %s" % (version, words(now)))
            last = now
        if len(line) > 1:
            print(name, *line, sep="\n")


def keronyx(sweep):
    import corpus_cases
    import test_corpus
    for path in sorted(Path(sweep).glob("*/*/case.json")):
        case = corpus_cases._case(path.parent)
        declared = json.loads(path.read_text())["extra"]
        for reading, outcome in zip(("numpy", "onnx"), test_corpus.outcomes(case)):
            if outcome.kind != "right":
                print("%-48s %-5s %s: %s" % (case.id, reading, outcome.kind, outcome.words[:300]))
        try:
            path, _ = corpus_cases.source(case)
            model = test_corpus.keronyx.read(path)
        except test_corpus.keronyx.KeronyxError:
            continue
        (output,) = model.outputs.values()
        recorded = corpus_cases.outputs(case)[0]
        if recorded.dtype.kind == "i" and output.dtype.startswith("float"):
            # the comparison above casts to what was recorded, which cuts fractions off
            try:
                (answer,) = test_corpus.read_numpy(case)
                if answer.shape == recorded.shape and not np.array_equal(answer, recorded):
                    print("%-48s fractions where Keras gives whole numbers" % case.id)
            except test_corpus.keronyx.KeronyxError:
                pass
        if output.dtype != declared["gives"]:
            print("%-48s dtype %s, Keras gives %s" % (case.id, output.dtype, declared["gives"]))
        real = list(corpus_cases.outputs(case)[0].shape)
        if len(real) != len(output.shape) or any(a not in (None, b) for a, b in zip(output.shape, real)):
            print("%-48s shape %s, Keras gives %s" % (case.id, output.shape, real))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sweep")
    parser.add_argument("--keronyx", action="store_true")
    asked = parser.parse_args()
    (keronyx if asked.keronyx else changes)(asked.sweep)
