"""The parts of a Python file that are the same whatever it predicts."""

from typing import Final

ARRAYS: Final = '''\
def _numbers(name, values, dtype, shape):
    """Return what the caller gave, a row each; a wrong shape or a fraction of an id is an error."""
    given = np.asarray(values)
    if given.shape == (0,):  # an empty list
        given = given.reshape(0, *shape)
    if not given.ndim or given.shape[1:] != shape:
        raise ValueError(f"{name}: a row has the shape {shape}, not {given.shape[1:]}")
    numbers = given.astype(dtype)
    if numbers.dtype.kind == "i" and not np.array_equal(numbers, given):
        raise ValueError(f"{name}: {dtype.__name__} numbers expected")
    return numbers.reshape(len(given), int(np.prod(shape)))


def _from_bytes(data, kind, shape):
    """Return the numbers of little-endian bytes, which nothing changes any more."""
    numbers = np.frombuffer(data, kind).reshape(shape)
    numbers = numbers.astype(numbers.dtype.newbyteorder("="))
    numbers.setflags(write=False)
    return numbers


def _constant(text, kind, shape):
    return _from_bytes(base64.b64decode(text), kind, shape)
'''

LISTS: Final = '''\
def _numbers(name, values, kind, size):
    """Return what the caller gave, as a list; float32 numbers are rounded to what they can be."""
    if len(values) != size:
        raise ValueError(f"{name}: {size} numbers expected, not {len(values)}")
    return array.array(kind, map(bool, values) if kind == "b" else values).tolist()


def _from_bytes(data, kind):
    """Return the numbers of little-endian bytes."""
    numbers = array.array(kind, data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def _constant(text, kind):
    return _from_bytes(base64.b64decode(text), kind)


def _rows(numbers, size):
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def _columns(numbers, units):
    """Return a kernel of (inputs, units) as one list a unit."""
    return [numbers[unit::units] for unit in range(units)]


def _sums(x, start, columns, bias):
    """Return the product of a row of x with a kernel, and the bias added."""
    row = x[start : start + len(columns[0])]
    return [
        sum(map(operator.mul, row, column), first) for column, first in zip(columns, bias)
    ]
'''

ERF: Final = '''\
def _erf(x):
    """Return the error function: a Taylor series about the nearest of the table's points."""
    inside = np.clip(x.astype(np.float64), -6, 6)
    with np.errstate(invalid="ignore"):
        index = np.rint((inside + 6) * 1024).astype(np.intp)
    p, value, slope = (table.take(index, mode="clip") for table in _ERF)
    h = inside - p
    series = 1 - h * (p - h * ((4 * p * p - 2) / 6 + h * (12 - 8 * p * p) * p / 24))
    return (value + slope * h * series).astype(x.dtype)


_POINTS = np.arange(-6 * 1024, 6 * 1024 + 1) / 1024
_ERF = (
    _POINTS,
    np.array([math.erf(point) for point in _POINTS.tolist()]),
    2 / math.sqrt(math.pi) * np.exp(-_POINTS * _POINTS),
)
'''

SELFTEST: Final = '''\
def selftest():
    """Predict the recorded rows once more; return the largest difference and how many are off."""
    given = [GIVEN]
    expected = [EXPECTED]
    made = predict_batch(*given)
    largest, wrong = 0.0, 0
    for ours, theirs in zip(MADE, expected):
        for a, b in zip(FLAT):
            if a == b or (a != a and b != b):
                continue
            difference = abs(a - b)
            difference = difference if difference == difference else float("inf")
            largest = max(largest, difference)
            wrong += not difference <= ATOL + RTOL * abs(b) or difference == float("inf")
    return largest, wrong


if __name__ == "__main__":
    if sys.argv[1:] != ["--selftest"]:
        sys.exit(f"usage: {sys.argv[0]} --selftest")
    difference, count = selftest()
    verdict = f"wrong ({count} numbers)" if count else "right"
    print(f"NAME: ROWS rows, largest difference {difference}: {verdict}")
    sys.exit(1 if count else 0)
'''

WEIGHTS_FILE: Final = '''\
def _read_weights(name, checksum, size):
    """Return the bytes of a file that lies beside this one, once it is known to be whole."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "rb") as file:
        data = file.read()
    if len(data) != size or zlib.crc32(data[16:]) != checksum:
        raise ValueError(f"{name} is not the weights file that belongs to this module")
    return data
'''

PURE_HELPERS: Final = {
    "_divided": """\
def _divided(a, b):
    try:
        return a / b
    except ZeroDivisionError:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
""",
    "_exp": """\
def _exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf
""",
    "_expm1": """\
def _expm1(x):
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf
""",
    "_log": """\
def _log(x):
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan
""",
    "_log1p": """\
def _log1p(x):
    return math.log1p(x) if x > -1 else -math.inf if x == -1 else math.nan
""",
    "_sqrt": """\
def _sqrt(x):
    return math.sqrt(x) if x >= 0 else math.nan
""",
    "_trunc": """\
def _trunc(x):
    return math.copysign(math.trunc(x), x) if abs(x) < 2**52 else x
""",
    "_rint": """\
def _rint(x):
    return math.copysign(round(x), x) if abs(x) < 2**52 else x
""",
    "_max": """\
def _max(a, b):
    return a if a >= b or a != a else b
""",
    "_min": """\
def _min(a, b):
    return a if a <= b or a != a else b
""",
    "_int32": """\
def _int32(x):
    return (x + 2**31) % 2**32 - 2**31
""",
    "_int64": """\
def _int64(x):
    return (x + 2**63) % 2**64 - 2**63
""",
    "_float32": """\
def _float32(x):
    return array.array("f", [x])[0]
""",
}
"""What Python lacks, refuses for some numbers, or does not do as floating point has it."""
