"""Save graphs of linear algebra, of numbers in order and of bits: python make_mathematics.py.

Under Keras 3 with TensorFlow, as make_operations.py does it.
"""

from typing import Any

import numpy as np
from keras import ops
from make_operations import NAN, save

RANDOM = np.random.default_rng(0)
SQUARES = RANDOM.normal(size=(4, 3, 3)).astype("float32")
SQUARES[0] = [[0, 1, 2], [1, 0, 3], [4, -3, 8]]
POSITIVE = (SQUARES @ SQUARES.transpose(0, 2, 1) + np.eye(3)).astype("float32")
PLANE = RANDOM.normal(size=(4, 2)).astype("float32")
SPACE = RANDOM.normal(size=(4, 3)).astype("float32")
SOME = RANDOM.normal(size=(4, 3, 5)).astype("float32")
SOME[RANDOM.random(SOME.shape) < 0.25] = NAN
SOME[1, 2] = NAN
EQUAL = np.array([[1, 2, 2, 1, 2], [0, 0, 0, 0, 0], [3, 1, 2, 5, 4], [1, 9, 9, 0, 9]], "float32")
EQUAL[1, 3] = np.inf
ROWS = np.array([[2, 0], [-1, 1], [2, 3], [5, 2]], "int32")
METHODS = ("linear", "lower", "higher", "nearest", "midpoint")
BITS = np.array([[7, -7, 3, -3, 100, -100], [0, 6, -8, 9, 127, -128]])
SHIFTS = np.array([[2, 2, 0, 9, 3, 3], [0, 4, 3, 5, 6, 6]])


def products(a: Any, v: Any, w: Any) -> list[Any]:
    """Products, norms and rows."""
    ellipsis = [ops.einsum("...ij,...jk->...ik", a, a), ops.einsum("bij,bjk", a, a)]
    dots = [ops.dot(a, a), ops.dot(w, 3), ops.inner(a, a), ops.inner(w, w), ops.dot(a, w[0])]
    pairs = [
        ops.kron(v, w),
        ops.cross(v, w),
        ops.cross(w, v),
        ops.cross(v, v),
        ops.cross(w, a[:, 1]),
    ]
    named = [ops.cross(a, ops.matmul(a, a), axis=1), ops.tensordot(a, a, axes=[[1, 2], [2, 1]])]
    vectors = [ops.norm(w, ord=each, axis=1) for each in (2, 1, 3, 0, np.inf, -np.inf)]
    matrices = [ops.norm(a, ord=each, axis=(2, 1)) for each in (None, 1, -1, np.inf, -np.inf)]
    kept = [ops.norm(a, ord=1, axis=(1, 2), keepdims=True), ops.norm(w), ops.cdist(v, v)]
    weighed = [ops.average(a, axis=1, weights=np.array([1, 2, 4], "float32"))]
    running = [ops.cumprod(a, axis=0), ops.cumprod(w, axis=-1), ops.nancumprod(a), ops.nancumsum(w)]
    steps = [ops.diff(a, n=2, axis=1), ops.trapezoid(a, axis=1, dx=0.5), ops.corrcoef(a[1])]
    rows = [ops.correlate(w[0], v[0], mode=mode) for mode in ("valid", "same", "full")]
    spaced = [ops.linspace(w, 5.0, num=4, axis=1, endpoint=False), ops.vander(w[0], 4)]
    spaced += [ops.geomspace(-ops.exp(w), -ops.exp(w[1]), num=3), ops.logspace(w, 1.0, num=3)]
    out = [*ellipsis, *dots, *pairs, *named, *vectors, *matrices, *kept, *weighed, *running]
    return [*out, *steps, *rows, *spaced, ops.logsumexp(a * 50, axis=(-1, 1), keepdims=True)]


def matrices(a: Any, positive: Any, w: Any) -> list[Any]:
    """What elimination, roots and halves give."""
    solved = [ops.solve(a, w), ops.solve(a, positive), ops.inv(a), ops.det(a), *ops.slogdet(a)]
    roots = [ops.cholesky(positive), ops.cholesky(positive, upper=True), ops.logdet(positive)]
    halves = [ops.cholesky_inverse(positive, upper=each) for each in (True, False)]
    halves += [ops.solve_triangular(positive, w, lower=each) for each in (True, False)]
    none = [ops.det(ops.ones_like(a)), ops.det(a[:, :1, :1])]
    return [*solved, *roots, *halves, *none]


def orders(x: Any, t: Any, rows: Any) -> list[Any]:
    """Numbers in order, past NaN, and where indices say."""
    shares = [ops.percentile(t, [0.0, 10.0, 33.3, 100.0], axis=1, method=each) for each in METHODS]
    past = [
        ops.nanpercentile(x, [10.0, 60.0], axis=1, method=each, keepdims=True) for each in METHODS
    ]
    odd = [ops.quantile(x, 0.4, axis=(1, 2)), ops.median(t, axis=0), ops.nanmedian(x, axis=(0, 1))]
    names = ("sum", "prod", "mean", "var", "std", "max", "min")
    present = [getattr(ops, f"nan{each}")(x, axis=-1, keepdims=True) for each in names]
    present += [getattr(ops, f"nan{each}")(x, axis=(0, 1)) for each in names]
    places = [ops.nanargmax(x, axis=-1), ops.nanargmin(x, axis=1), ops.nanargmax(x, keepdims=True)]
    first = [*ops.top_k(t, 3), ops.in_top_k(rows[:, 0], t, 2), ops.isin(rows, [1, 2])]
    first += [ops.select([t > 2, t > 1], [t, -t], 7.0), ops.extract_sequences(x[:, 1], 3, 2)]
    ids = rows[:, 1]
    summed = [
        ops.segment_sum(t, ids, num_segments=5),
        ops.segment_prod(t, rows[:, 0], num_segments=6),
    ]
    least = [
        ops.segment_max(t, rows[:, 0], num_segments=6),
        ops.segment_min(t, ids, num_segments=6),
    ]
    least += [ops.segment_max(t, ids, sorted=False), *ops.unravel_index(ids, (3, 2))]
    whole, at = ops.nan_to_num(x)[0], ops.stack([ids // 2, ids], axis=1)
    met = ("add", "mul", "max", "min")
    updated = [ops.scatter_update(whole, at, t[:, 0], reduction=each) for each in met]
    updated += [ops.slice_update(t, [0, 9], t[:, :2]), ops.slice_update(t, [0, 1], t[:, 3:])]
    counted = [ops.bincount(ops.abs(rows), minlength=3), ops.argpartition(ops.minimum(t, 9), 1)]
    out = [*shares, *past, *odd, *present, *places, *first, *summed, *least, *updated, *counted]
    return [*out, ops.allclose(t, t + 1e-6), ops.allclose(x, x, equal_nan=True)]


def bits(a: Any, b: Any) -> list[Any]:
    """Functions of bits, and of whole numbers."""
    two = (ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor, ops.left_shift, ops.right_shift)
    one = (ops.bitwise_not, ops.signbit, ops.isreal, ops.imag, ops.real)
    more = [ops.gcd(a, b), ops.lcm(a, b), ops.left_shift(a, 2), ops.cumprod(a, axis=1)]
    more += [ops.einsum("bi,bj->ij", a, b), ops.matmul(a, ops.transpose(b)), ops.diff(a)]
    return [f(a, b) for f in two] + [f(a) for f in one] + more


def main() -> None:
    """Save all of them."""
    save("products", products, SQUARES, PLANE, SPACE)
    save("matrices", matrices, SQUARES, POSITIVE, SPACE)
    save("orders", orders, SOME, EQUAL, ROWS)
    for dtype in ("int8", "int32", "int64"):
        save(f"bits_{dtype}", bits, BITS.astype(dtype), SHIFTS.astype(dtype))


if __name__ == "__main__":
    main()
