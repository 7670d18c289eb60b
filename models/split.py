"""The same split for every net: a quarter of the rows, drawn once, is never trained on.

Of a series it is the last quarter: windows drawn from all of it would overlap.
"""

import numpy as np
from sklearn.model_selection import train_test_split


def split(target: np.ndarray, classes: bool) -> tuple:  # noqa: FBT001  short to call
    """Return the row numbers to train on and those held out, in proportion where classes."""
    return train_test_split(
        np.arange(len(target)),
        test_size=0.25,
        random_state=42,
        stratify=target if classes else None,
    )


def latest(steps: int, windows: int) -> tuple:
    """Return the windows to train on and those held out, which end in the last quarter."""
    return np.split(np.arange(windows), [windows - steps // 4])
