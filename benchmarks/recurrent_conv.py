"""Nets of ConvLSTM2D: what a prediction costs, beside Keras's own export and tf2onnx.

CPU time of the calling thread on one thread, as ``images.py`` takes it, for each net and batch
size. Needs an interpreter with Keras 3 and tf2onnx: ``--keras-python PATH``.
"""

from contest import Contest
from frame_nets import FRAMES

CONTEST = Contest(nets=FRAMES, saver="frame_nets.py", batches=(1, 8))

if __name__ == "__main__":
    CONTEST.main(__doc__)
