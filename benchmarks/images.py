"""Nets of convolutions: what a prediction costs, what the check's NumPy reading costs beside it.

For each net and batch size, CPU time of the calling thread on one thread: our graph, the best one
made by hand, and what Keras's own export and tf2onnx make of the file. Needs an interpreter with
Keras 3 and tf2onnx: ``--keras-python PATH``. The contenders take turns; their answers are compared
before anything is timed.
"""

from contest import HAND, Contest, in_numpy
from hand_images import BY_HAND, weights_of

CONTEST = Contest(
    nets=list(BY_HAND),
    saver="image_nets.py",
    others=lambda name, model: {HAND: BY_HAND[name](weights_of(model))},
    slow=in_numpy,
)

if __name__ == "__main__":
    CONTEST.main(__doc__)
