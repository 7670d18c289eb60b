"""Witnesses: models that real Keras has run, whole ones and single layers, and what it gave."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path

import corpus_cases as corpus
import masked
import nonfinite_cases
import numpy as np
import replaced_expressions
import stateful_nets
from cases import CASES, records
from expressed import lambda_model
from layer_case import build, inputs_of
from open_sizes import unknown_but
from sampling import sample

import keronyx
from keronyx.converter.dialect.tables import operations
from keronyx.converter.emit import DEFAULT_OPSET, OLDEST_OPSET, newest_opset
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.precision import Precision

HERE = Path(__file__).parent

CORPUS = (
    *("avgpool2d_big-tf24-h5", "bn_axis_list-tf24-h5", "discretization_int_double-k3.15.1-keras"),
    *("embedding_fraction-k3.0.5-keras", "embedding_plain-tf215-h5", "gptq_mixed-k313-keras"),
    *("k033th_keras0_bn_prelu_json", "k122tf_dense_bn_mode1_h5", "k122tf_dense_bn_mode2_h5"),
    *("k122tf_dense_highway_h5", "k122tf_dense_maxoutdense_h5", "norm_one-k3.13.2-keras"),
    *("k122th_dense_prelu_shared_axes_h5", "k122th_dense_seqmerge_cos_h5", "bn_eps-k3-keras"),
    *("dot_m1_34-k3.15.1-keras",),
    *("k231_conv_deconv2d_valid_cf_h5", "policy_bfloat16-k3-h5", "policy_mixed_bfloat16-k3-h5"),
    *("softmax_axis_m1-k3-json_wh5", "timedistributed_seq-tf215-h5"),
    *("k122tf_conv_deconv2d_same_s2_tf_h5", "k122tf_conv_deconv2d_valid_s2_tf_h5"),
    *("k122th_conv_deconv2d_same_s2_th_h5", "k122th_conv_deconv2d_valid_th_h5"),
    *("k122th_conv_conv1d_full_h5", "k122th_conv_conv2d_same_sub_even_tf_h5"),
    *("k122th_conv_conv2d_same_even_tf_h5", "k122th_conv_inception_tf_h5"),
    *("k122th_conv_pool1d_all_h5", "k208th_conv_conv2d_same_cf_h5", "k208th_conv_inception_cf_h5"),
    *("k122th_conv_locally1d_h5", "k231_conv_deconv2d_outpad_cl_h5"),
)
"""The models of the corpus that see what no single layer does."""

TENSORFLOW = (
    *("tfx_math-truediv_4-tf215-keras", "tfx_reduce_mean_1-tf215-keras"),
    *("tfx_reduce_prod_0-tf215-keras", "tfxnet_split_0-tf24-h5"),
)
"""The graphs that see the functions of TensorFlow that Keras has not."""

CLOSE = (1e-4, 1e-5)
TOLERANCES = {"16": (1e-2, 1e-2), "64": (1e-6, 1e-8)}

SPARED = {"2.15.0": ".npz", "3.4.1": ".h5", "3.11.3": ".h5", "3.15.1": ".h5"}
"""Files that hold what others of the version hold, too."""

OF_TEXTS = 20
"""The first opset with operators that take texts apart."""

OPSETS = (OLDEST_OPSET, DEFAULT_OPSET, 20, newest_opset())
"""Reductions take booleans since 20."""


@dataclass(frozen=True, eq=False)
class Witness:
    """A model, what Keras was given and what it gave, as loosely as Keras itself is right."""

    name: str
    make: Callable[[], Model] = field(repr=False)
    inputs: tuple[Array, ...] = field(repr=False)
    wanted: tuple[Array, ...] = field(repr=False)
    rtol: float = 1e-4
    atol: float = 1e-5
    precision: Precision = "float64"
    spared: Array | None = field(default=None, repr=False)
    """Which numbers of the one output are not looked at."""
    opsets: tuple[int, ...] = (DEFAULT_OPSET,)
    in_numpy: bool = True

    @cached_property
    def model(self) -> Model:
        return self.make()

    def agrees(self, found: Iterable[Array]) -> bool:
        """Tell whether numbers are Keras's."""
        pairs = zip(found, self.wanted, strict=True)
        return all(close(*pair, self) for pair in pairs)


def close(found: Array, wanted: Array, witness: Witness) -> bool:
    if found.shape != wanted.shape:
        return False
    if wanted.dtype.kind in "US":
        return bool(found.astype(str).tolist() == wanted.astype(str).tolist())
    with np.errstate(all="ignore"):
        same = np.isclose(found, wanted, witness.rtol, witness.atol, equal_nan=True)
    return bool((same if witness.spared is None else same | witness.spared).all())


@cache
def witnesses() -> tuple[Witness, ...]:
    """Return all: single layers, the same on odd numbers, and whole models of the corpus."""
    return tuple(_witnesses())


def _witnesses() -> Iterator[Witness]:
    yield from of_layers()
    yield from of_expressions()
    yield from of_odd_numbers()
    yield from of_corpus()
    yield from of_operations()
    yield from of_saved_operations()
    yield from of_tensorflow()
    yield from of_files()
    yield from of_masks()
    yield from of_states()
    yield from of_space()
    yield from of_images()


def of_layers() -> Iterator[Witness]:
    """Yield the cases of single layers, as loosely as their type rounds."""
    numbers = records()
    for case in CASES:
        wanted = (numbers[f"{case.name}/out"],)
        make = partial(build, case, numbers)
        dtype = str(case.config.get("dtype", ""))
        tolerances = next((each for key, each in TOLERANCES.items() if key in dtype), CLOSE)
        given = (inputs_of(case), wanted, *tolerances)
        splits = case.layer == "TextVectorization"
        opsets = tuple(each for each in OPSETS if not splits or each >= OF_TEXTS)
        yield Witness(f"layer {case.name}", make, *given, opsets=opsets)
        for kept in (-1, 0, 1):
            if model := unknown_but(case, kept, numbers):
                name = f"open {kept} {case.name}"
                usual = (OF_TEXTS if splits else DEFAULT_OPSET,)
                yield Witness(name, partial(same, model), *given, opsets=usual, in_numpy=False)


def of_expressions() -> Iterator[Witness]:
    with np.load(replaced_expressions.RECORDED) as arrays:
        numbers = dict(arrays)
    for version in ("2", "3"):
        for kind, text in replaced_expressions.texts(version):
            inputs = replaced_expressions.INPUTS[kind]
            make = partial(lambda_model, text, inputs, version)
            yield Witness(f"expression {text}", make, inputs, (numbers[f"{version}/{text}"],))


def of_odd_numbers() -> Iterator[Witness]:
    for version in (2, 3):
        for name, (model, inputs, wanted) in nonfinite_cases.models(version).items():
            said = f"nonfinite {version} {name}"
            spared = nonfinite_cases.flushed(inputs, wanted.shape)
            yield Witness(
                *(said, partial(same, model), inputs, (wanted,)), precision="float32", spared=spared
            )


def of_corpus() -> Iterator[Witness]:
    wanted = set(CORPUS)
    for case in corpus.cases(where=lambda case: case.id in wanted):
        inputs, outputs = corpus.inputs(case), corpus.outputs(case)
        yield Witness(case.id, partial(read, case), inputs, outputs, case.rtol, case.atol)


def of_operations() -> Iterator[Witness]:
    """Yield two graphs with each operation of Keras 3 that is read."""
    every = corpus.cases(archive="operations", expect="ok", where=lambda case: not case.may_refuse)
    ours = [case for case in every if any(name in operations() for name in case.layers)]
    for case in corpus.cases(archive="functions"):
        yield Witness(case.id, partial(read, case), corpus.inputs(case), corpus.outputs(case))
    for case in sample(
        ours, lambda case: case.id, lambda case: {*case.layers} & {*operations()}, 2
    ):
        make = cache(partial(read, case))
        try:
            make()
        except keronyx.KeronyxError:  # beside an operation that is not read, or refused itself
            continue
        yield Witness(case.id, make, corpus.inputs(case), corpus.outputs(case))


def of_saved_operations() -> Iterator[Witness]:
    """Yield graphs of operations on odd numbers, doubles and integers."""
    for path in sorted((HERE / "operations").glob("*.keras")):
        with np.load(path.with_suffix(".npz")) as arrays:
            numbers = dict(arrays)
        counts = [sum(key.startswith(kind) for key in numbers) for kind in ("in", "out")]
        inputs, wanted = (
            tuple(numbers[f"{kind}_{index}"] for index in range(count))
            for kind, count in zip(("in", "out"), counts, strict=True)
        )
        close = (1e-6, 1e-8) if path.stem == "doubles" else CLOSE
        make = partial(keronyx.read, path)
        yield Witness(f"operations {path.stem}", make, inputs, wanted, *close)


def of_tensorflow() -> Iterator[Witness]:
    """Yield graphs with the functions that TensorFlow has for itself."""
    for case in corpus.cases(archive="tensorflow", where=lambda case: case.id in TENSORFLOW):
        make = cache(partial(read, case))
        yield Witness(case.id, make, corpus.inputs(case), corpus.outputs(case))


def of_files() -> Iterator[Witness]:
    """Yield the nets of convolutions, of recurrent layers and of attention that Keras saved."""
    every = ("recurrent", "recurrent/masked", "stepped", "attention")
    stems = ("runs", "quantized")
    for folder, suffix in (*((each, "") for each in every), *((each, ".keras") for each in stems)):
        home = (corpus.unpacked(folder) if folder == "attention" else HERE) / folder
        with np.load(home / "io.npz") as arrays:
            numbers = dict(arrays)
        for path in sorted(home.glob(f"*{suffix or '.*'}")):
            name = path.stem if suffix else path.name
            inputs, wanted = (
                tuple(value for key, value in numbers.items() if key.startswith(f"{name}/{kind}"))
                for kind in ("in", "out")
            )
            if wanted:
                yield Witness(f"{folder} {path.name}", partial(keronyx.read, path), inputs, wanted)


def of_states() -> Iterator[Witness]:
    """Yield nets that return the states they keep, as they go on from a call before."""
    for name in ("k315_returned", "tf215_returned", "k222_returned_cells", "k224_returned_cells"):
        before, after = (stateful_nets.outputs(name, call) for call in (1, 2))
        states = [array[-stateful_nets.BATCH :] for array in before[1:]]
        inputs = (*stateful_nets.batches(name, 2), *states)
        make = partial(stateful_nets.opened, name)
        yield Witness(f"states {name}", make, inputs, (*after, *after[1:]))


def of_masks() -> Iterator[Witness]:
    """Yield nets that carry masks, of the versions that join, add and use them in other ways."""
    for version in ("2.15.0", "3.4.1", "3.11.3", "3.15.1"):
        numbers = masked.numbers(version)
        for name in masked.saved(version):
            stem = Path(name).stem
            inputs, wanted = (
                tuple(value for key, value in numbers.items() if key.startswith(f"{stem}/{kind}"))
                for kind in ("in", "out")
            )
            if wanted and not name.endswith(SPARED[version]):
                make = partial(masked.model, version, name)
                yield Witness(f"masks {version} {name}", make, inputs, wanted)


def of_space() -> Iterator[Witness]:
    """Yield models with LoRA, masks and doubles, each with numbers of its own."""
    for path in sorted((HERE / "space").glob("*.npz")):
        with np.load(path) as arrays:
            numbers = dict(arrays)
        wanted = (numbers.pop("out"),)
        inputs = tuple(numbers[f"in_{index}"] for index in range(len(numbers)))
        (source,) = (each for each in path.parent.glob(f"{path.stem}.*") if each != path)
        yield Witness(f"space {path.stem}", partial(keronyx.read, source), inputs, wanted)


def of_images() -> Iterator[Witness]:
    """Yield one model of every version whose layers resize, cut and repeat images."""
    for path in sorted((HERE / "images").glob("*.npz")):
        (source,) = (each for each in path.parent.glob(f"{path.stem}.*") if each != path)
        model = keronyx.read(source)
        with np.load(path) as arrays:
            inputs = tuple(arrays[name] for name in model.inputs)
            wanted = tuple(arrays[name.partition("/")[0]] for name in model.outputs)
        yield Witness(f"images {path.stem}", partial(same, model), inputs, wanted, atol=2e-5)


def same(model: Model) -> Model:
    return model


def read(case: corpus.Case) -> Model:
    path, weights = corpus.source(case)
    return keronyx.read(path, weights=weights, activations=corpus.activations(case))
