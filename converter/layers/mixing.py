"""The dtype that layers which combine several inputs give."""

FLOATS = ("float16", "bfloat16", "float32", "float64")

ORDER = ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", *FLOATS)

# What holds all numbers of an unsigned type and those of a signed type no wider than it.
SIGNED = {"uint8": "int16", "uint16": "int32", "uint32": "int64", "uint64": "float32"}


def promote(dtypes: list[str]) -> str:
    """Return the one dtype that Keras's merging layers give for these input dtypes."""
    if "string" in dtypes:
        return "string"
    top = max(dtypes, key=ORDER.index)
    if top == "bfloat16" and "float16" in dtypes:
        return "float32"
    if top in FLOATS or not any(dtype.startswith("int") for dtype in dtypes):
        return top
    return max([top, *(SIGNED.get(dtype, top) for dtype in dtypes)], key=ORDER.index)
