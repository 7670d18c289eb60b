"""Nets that step through time: what a prediction costs, and what the NumPy reading costs.

For each net and batch size, CPU time of the calling thread on one thread: our graph and what
Keras's own export makes of the file; of the plain LSTMs also the best graph made by hand, and the
NumPy reading beside a loop by hand. Needs an interpreter with Keras 3 and tf2onnx:
``--keras-python PATH``. The contenders take turns; their answers are compared before anything is
timed. A fifth of the words are zeros, anywhere, and of several rows one is nothing else.
"""

from collections.abc import Mapping

import inference
import numpy as np
from contest import HAND, Contest, drawn, in_numpy
from hand_images import Hand, weights_of
from nets import Array

from keronyx.converter.model import Model

TIME = 100
NETS = ("masked_lstm", "lstm", "both_ways")
LOOP = "NumPy loop by hand, float64"

Weights = Mapping[str, Mapping[str, Array]]


def by_hand(weights: Weights) -> bytes:
    """Return the LSTMs and the Dense in seven nodes: time is turned before the batch once."""
    hand = Hand(weights)
    x = hand.add("Transpose", "x", perm=[1, 0, 2])
    *cells, (kernel, bias) = _cells(weights)
    for place, (inward, again, added) in enumerate(cells, 1):
        both = np.concatenate([_gates(added), np.zeros_like(added)])[None]
        last = int(place == len(cells))
        given = (_turned(inward), _turned(again), both)
        x = hand.add("LSTM", x, *given, result=last, hidden_size=len(again))
        x = hand.add("Squeeze", x, np.array([1 - last]))
    return hand.finished(hand.add("Gemm", x, kernel, bias), [TIME, len(cells[0][0])], [1])


def _cells(weights: Weights) -> list[tuple[Array, ...]]:
    """Return the arrays of every layer that has some, in their order."""
    return [tuple(each.values()) for each in weights.values() if each]


def _gates(array: Array) -> Array:
    i, f, g, o = np.split(array, 4, axis=-1)
    return np.concatenate([i, o, f, g], axis=-1)


def _turned(array: Array) -> Array:
    return _gates(array).T[None]


def looped(weights: Weights, x: Array) -> Array:
    """Return what a careful loop gives: one product for all inputs, then step by step."""
    *cells, (kernel, bias) = [tuple(np.float64(a) for a in each) for each in _cells(weights)]
    y = x.astype(np.float64)
    for inward, again, added in cells:
        sums = y @ inward + added
        hidden = carry = np.zeros((len(x), len(again)))
        steps = []
        for time in range(x.shape[1]):
            i, f, g, o = np.split(sums[:, time] + hidden @ again, 4, axis=-1)
            carry = _sigmoid(f) * carry + _sigmoid(i) * np.tanh(g)
            hidden = _sigmoid(o) * np.tanh(carry)
            steps.append(hidden)
        y = np.stack(steps, axis=1)
    return hidden @ kernel + bias


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def rows(model: Model, batch: int) -> Array:
    """Draw what a model takes."""
    (tensor,) = model.inputs.values()
    if tensor.dtype != "int32":
        return drawn(model, batch)
    random = np.random.default_rng(1)
    shape = (batch, *(size or 0 for size in tensor.sizes[1:]))
    words = random.integers(1, 1000, shape)
    words[random.random(shape) < 0.2] = 0
    words[1:2] = 0
    return words.astype(np.int32)


def run_in_its_type(graph: bytes, x: Array) -> inference.Call:
    """Return one call of a graph; Keras's own takes ids as floats."""
    floats = inference.session(graph).get_inputs()[0].type == "tensor(float)"
    return inference.runner(graph, x.astype(np.float32) if floats else x)


def contenders(model: Model, graphs: Mapping[str, bytes], x: Array) -> inference.Contenders:
    """Return what is timed, by name."""
    found = {name: run_in_its_type(graph, x) for name, graph in graphs.items()}
    if HAND in graphs:
        weights = weights_of(model)
        found |= in_numpy(model, x) | {LOOP: lambda: looped(weights, x)}
    return found


CONTEST = Contest(
    nets=NETS,
    saver="recurrent_nets.py",
    rounds=30,
    others=lambda name, model: {HAND: by_hand(weights_of(model))} if name == "lstm" else {},
    rows=rows,
    contenders=contenders,
)

if __name__ == "__main__":
    CONTEST.main(__doc__)
