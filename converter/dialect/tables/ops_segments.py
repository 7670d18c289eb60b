"""Numbers put where indices say, as ``keras.ops`` names the classes."""

from typing import Final

from keronyx.converter.dialect.words import Spelling, Words
from keronyx.converter.layers.ops_segments import Bincount, ScatterUpdate, Segments, SliceUpdate

SEGMENTS: Final = ("data", "segment_ids")

WORDS: Final = Words(
    operations={
        "Bincount": Spelling(Bincount, "bincount"),
        "ScatterUpdate": Spelling(
            ScatterUpdate, "scatter_update", ("inputs", "indices", "updates")
        ),
        "SegmentMax": Spelling(Segments, "segment_max", SEGMENTS),
        "SegmentMin": Spelling(Segments, "segment_min", SEGMENTS),
        "SegmentProd": Spelling(Segments, "segment_prod", SEGMENTS),
        "SegmentSum": Spelling(Segments, "segment_sum", SEGMENTS),
        "SliceUpdate": Spelling(
            SliceUpdate, "slice_update", ("inputs", "start_indices", "updates")
        ),
    },
)
