"""Tables for the programs of all hosts: what they take, and refuse, and how cells come back."""

import csv
import io
from typing import Final

import numpy as np
from hosting import DTYPES, NAMED

IRIS_TABLES: Final = (
    ("empty", "", "no rows"),
    ("blank lines", "\n\r\n\n", "no rows"),
    ("other names", "a,b,c\n1,2,3\n", "no column 'sepal[0]', 'sepal[1]', 'petal_length'"),
    ("a name short", "sepal[1],petal_length,x\n1,2,3\n", "no column 'sepal[0]'; the header has"),
    ("twice", "sepal[0],sepal[1],sepal[1],petal_length\n1,2,3,4\n", "'sepal[1]' is there twice"),
    ("short under a header", "petal_length,sepal[0],sepal[1],d\n1,2,3\n", "3 columns, expected 4"),
    ("beyond float32", "1,2,3\n1,1e39,3\n", "line 2, column 2: '1e39' does not fit into float32"),
    ("beyond float64", "1,2,3\n1,2,-1e400\n", "column 3: '-1e400' does not fit into float32"),
    ("too many", "1,2,3\n4,5,6,7\n", "line 2: 4 columns, expected 3"),
    ("too few", "1,2,3\n\n4,5\n", "line 3: 2 columns, expected 3"),
    ("semicolons", "1;2;3\n", "line 1: 1 columns, expected 3"),
    ("text", "1,2,3\n4,abc,6\n", "line 2, column 2: 'abc' is not a number"),
    ("underscore", "1,2,1_0\n", "line 1, column 3: '1_0' is not a number"),
    ("hexadecimal", "1,2,0x10\n", "line 1, column 3: '0x10' is not a number"),
    ("comma of a locale", '1,2,"3,5"\n', "line 1, column 3: '3,5' is not a number"),
    ("hole", "1,2,3\n1,,3\n", "line 2, column 2: empty"),
    ("text in a first line", "a,2,c\n1,2,3\n", "line 1, column 1: 'a' is not a number"),
    ("open quote", '1,2,3\n1,"2,3\n\n', "line"),
    ("behind a quote", '1,2,3\n1,"2"x,3\n', "line 2"),
    ("not UTF-8", b"1,2,3\n1,\xff,3\n", "not UTF-8"),
)
"""Tables that iris cannot take, and what the message holds; the program's exit code is 2.

In front of what is here stands the file's name: ``rows.csv: line 2: 4 columns, expected 3``.
"""

IRIS_ROWS: Final = (
    ("plain", "5.1,3.5,1.4\n", "5.1,3.5,1.4\n"),
    ("no last newline", "5.1,3.5,1.4", "5.1,3.5,1.4\n"),
    ("any line end", "sepal[0],sepal[1],petal_length\r\n5.1,3.5,1.4\r\n", "5.1,3.5,1.4\n"),
    ("reordered", "petal_length,sepal[1],sepal[0]\n1.4,3.5,5.1\n", "5.1,3.5,1.4\n"),
    ("quoted", '"5.1", 3.5 ,"1.4"\n', "5.1,3.5,1.4\n"),
    ("a mark and blank lines", "\ufeff\r\n5.1,3.5,1.4\r\n\r\n1,2,3\r\n", "5.1,3.5,1.4\n1,2,3\n"),
    ("spellings", "+5,.5,1.\n1e0,1E+0,-1e-1\n", "5,0.5,1\n1,1,-0.1\n"),
    ("not finite", "inf,1,2\nNaN,1,2\n-Infinity,1,+inf\n", "inf,1,2\nnan,1,2\n-inf,1,inf\n"),
    ("too small", "1e-400,1,2\n3.4028235e38,1,2\n", "0,1,2\n3.4028235e38,1,2\n"),
)
"""Tables that iris can take, and how they are spelled plainly."""


NAMED_TABLES: Final = (
    ("in order", (0, 1, 2, 3), ()),
    ("turned", (3, 1, 0, 2), ()),
    ("with others", (2, 3, 0, 1), ("id", "", "note")),
)
"""Orders of the columns in a table of ``named``, and names of others in front of them."""


def named_table(order: tuple[int, ...], others: tuple[str, ...]) -> str:
    """Return a table of two rows for ``named``, its columns in an order, others in front."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*others, *(NAMED[place] for place in order)])
    for row in ((1, -2, 3, 0.5), (0.25, 4, -1, 2)):
        writer.writerow([*(["other"] * len(others)), *(row[place] for place in order)])
    return text.getvalue()


NAMED_OUTPUTS: Final = "y[0],y[1]\n-5,0.5\n13.25,6.5\n"
"""What ``named`` gives for both rows, computed by hand: a + 2 b - c + 2 d, and 2 a + b + d."""


def many_rows(count: int, columns: int) -> str:
    """Return a table of numbers without a header, always the same."""
    random = np.random.default_rng(count)
    return "".join(
        ",".join(f"{number:.6g}" for number in row) + "\n"
        for row in random.standard_normal((count, columns))
    )


def every_row(column: str, value: str, also: str = "1") -> str:
    """Return a row of the model of every type, with two values of one."""
    cells = {f"{dtype}s": ["a", "b"] if dtype == "string" else ["1", "1"] for dtype in DTYPES}
    cells[column] = [value, also]
    return ",".join([*(cell for each in cells.values() for cell in each), *"11111"])


KEPT: Final = (
    ("uint64s", "18446744073709551615", "18446744073709551615"),
    ("uint64s", "1.8446744073709551615e19", "18446744073709551615"),
    ("int64s", "-9223372036854775808", "-9223372036854775808"),
    ("int64s", "9007199254740993.0", "9007199254740993"),
    ("int8s", "-1.28E+2", "-128"),
    ("uint8s", "-0", "0"),
    ("int32s", "3.0", "3"),
    ("int32s", "1e3", "1000"),
    ("bools", "True", "True"),
    ("bools", "true", "True"),
    ("bools", "0", "False"),
    ("float32s", "0.1", "0.1"),
    ("float32s", "3.4028235e38", "3.4028235e+38"),
    ("float32s", "1e-45", "1e-45"),
    ("float64s", "5e-324", "5e-324"),
    ("float64s", "1.7976931348623157e308", "1.7976931348623157e+308"),
    ("float64s", "0.30000000000000004", "0.30000000000000004"),
    ("float64s", "-nan", "nan"),
    ("float64s", "-INFINITY", "-inf"),
    ("float64s", "-0.0", "-0"),
    ("float16s", "0.1", "0.1"),
    ("float16s", "inf", "inf"),
    ("float16s", "-Infinity", "-inf"),
    ("float16s", "2049", "2048"),
    ("strings", '"say ""no"", twice"', '"say ""no"", twice"'),
    ("strings", '"two\r\nlines"', '"two\r\nlines"'),
    ("strings", " \u00a0ünïcode ☃ ", "ünïcode ☃"),
)
"""Cells of one type, and how they come back."""

UNFIT: Final = (
    ("uint8s", "300", "'300' does not fit into uint8"),
    ("uint8s", "-1", "'-1' does not fit into uint8"),
    ("int8s", "128", "'128' does not fit into int8"),
    ("int64s", "9223372036854775808", "'9223372036854775808' does not fit into int64"),
    ("uint64s", "18446744073709551616", "'18446744073709551616' does not fit into uint64"),
    ("uint64s", "1e99999999999", "'1e99999999999' does not fit into uint64"),
    ("int32s", "1.5", "'1.5' is not a whole number"),
    ("int32s", "nan", "'nan' does not fit into int32"),
    ("int32s", "one", "'one' is not a number"),
    ("float16s", "65520", "'65520' does not fit into float16"),
    ("float32s", "-3.41e38", "'-3.41e38' does not fit into float32"),
    ("float64s", "1e309", "'1e309' does not fit into float64"),
    ("bools", "2", "'2' does not fit into bool"),
    ("bools", "yes", "'yes' is not a number"),
    ("float64s", "1e", "'1e' is not a number"),
    ("float64s", "infinit", "'infinit' is not a number"),
)
"""Cells that their type does not hold, and what the message has of each."""
