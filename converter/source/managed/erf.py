"""W. J. Cody's rational approximations of the error function, for languages that have none.

Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969). Each is a pair of
polynomials, that of the highest power first; erf comes out right to 5e-16 of its size.
"""

from collections.abc import Mapping
from typing import Final

Ratio = tuple[tuple[float, ...], tuple[float, ...]]

NEAR: Final[Ratio] = (
    (
        0.18577770618460315,
        3.1611237438705655,
        113.86415415105016,
        377.485237685302,
        3209.3775891384694,
    ),
    (1.0, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171),
)
"""``erf(x) / x`` as a function of x², for |x| up to 15/32."""

MIDDLE: Final[Ratio] = (
    (
        2.1531153547440383e-08,
        0.5641884969886701,
        8.883149794388377,
        66.11919063714163,
        298.6351381974001,
        881.952221241769,
        1712.0476126340707,
        2051.0783778260716,
        1230.3393547979972,
    ),
    (
        1.0,
        15.744926110709835,
        117.6939508913125,
        537.1811018620099,
        1621.3895745666903,
        3290.7992357334597,
        4362.619090143247,
        3439.3676741437216,
        1230.3393548037495,
    ),
)
"""``exp(x²) erfc(x)``, for x from 15/32 to 4."""

FAR: Final[Ratio] = (
    (
        0.016315387137302097,
        0.30532663496123236,
        0.36034489994980445,
        0.12578172611122926,
        0.016083785148742275,
        0.0006587491615298378,
    ),
    (
        1.0,
        2.568520192289822,
        1.8729528499234673,
        0.5279051029514285,
        0.06051834131244132,
        0.0023352049762686918,
    ),
)
"""``(1 / √π - x exp(x²) erfc(x)) x²`` as a function of 1 / x², for x from 4 on."""

TABLES: Final[Mapping[str, Ratio]] = {"Near": NEAR, "Middle": MIDDLE, "Far": FAR}
"""All three, by the names that source code gives them."""
