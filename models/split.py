"""The same split for every net: a quarter of the rows, drawn once, is never trained on."""

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
