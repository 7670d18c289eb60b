"""Words of layers that resize or cut images."""

from typing import Final

from keronyx.converter.dialect.integers import floating, integers_of, interpolating
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import TRAINS, Config, Words
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.several import lacking

_BOXES: Final = {"bounding_box_format": "boxes, which are not converted"}
_CROP: Final = ("height", "width", "seed", "data_format")
_TENSORFLOW: Final = "the Keras of TensorFlow 2"


def _resizing(version: Version) -> Config:
    early = version.stated and not version.before(3) and version.before(3, 1)
    return {"integers": "floats" if early else integers_of(version)}


def _cropped(config: Config, version: Version) -> tuple[str, Config]:
    """Read a RandomCrop of 2.7 to 3.5, which in prediction gives all of an image that fits."""
    if version.before(2, 7) or not version.before(3, 6) or not version.stated:
        return "RandomCrop", config
    left = lacking(config, ["seed"])
    return "Resizing", left | {"crop_to_aspect_ratio": True}


def _check_crop(version: Version) -> Config:
    """Refuse a RandomCrop that in prediction does what no other version does."""
    if version.before(3, 8):
        raise UnsupportedConfigError(
            f"a RandomCrop of Keras {version}" if version.stated else "a RandomCrop",
            hint="in prediction Keras 2.3 to 2.6, 3.6 and 3.7 crop in ways of their own; "
            "load it with a newer Keras, and save it again as .keras",
        )
    return {}


WORDS: Final = Words(
    rewritten={"RandomCrop": _cropped},
    ignored={
        "AutoContrast": _BOXES | {"data_format": "axes 1 and 2 whatever it says"},
        "CenterCrop": _BOXES,
        "RandomCrop": _BOXES | dict.fromkeys(_CROP, TRAINS),
        "Resizing": _BOXES,
    },
    decided={"Resizing": _resizing, "RandomCrop": _check_crop},
    settled={
        **dict.fromkeys(("AutoContrast", "CenterCrop", "RandomCrop"), floating),
        "Resizing": interpolating,
    },
    since={
        **dict.fromkeys(("CenterCrop", "RandomCrop", "Resizing"), _TENSORFLOW),
        "AutoContrast": "Keras 3.6",
    },
    refused={
        "CenterCrop": ("images of open height or width",),
        "RandomCrop": ("Keras 2.3 to 2.6, 3.6 and 3.7",),
        "Resizing": (
            "interpolation other than 'nearest' and 'bilinear' for images of open height or width",
            "whole numbers that Keras 3.1 to 3.5 cut off, but for 'nearest' and 'bilinear'",
        ),
    },
)
