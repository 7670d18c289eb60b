"""Tables as people have them: names in any order, separators, numbers too large, no rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keronyx.converter.errors import KeronyxError, UsageError
from keronyx.runtime.columns import checked, from_metadata
from keronyx.runtime.specs import TensorSpec
from keronyx.runtime.tables.files import read_inputs, write_outputs

THREE = {"x": TensorSpec((None, 3), "float32")}
SINGLE = {
    "age": TensorSpec((None, 1), "float32"),
    "sex": TensorSpec((None, 1), "string"),
    "steps": TensorSpec((None,), "int32"),
}
OPEN = {"x": TensorSpec((None, None), "float32")}
NAMES = ("age", "height", "weight")

Read = Callable[..., tuple[dict[str, Any], list[str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return what reads a table, and returns the inputs as lists and what was said."""

    def reading(
        text: str, specs: Any = THREE, columns: Any = (), name: str = "rows.csv"
    ) -> tuple[dict[str, Any], list[str]]:
        path = tmp_path / name
        notes: list[str] = []
        path.write_text(text, "utf-8")
        found = read_inputs(path, specs, columns, notes.append)
        said = [note.removeprefix(f"{path}: ") for note in notes]
        return {key: array.tolist() for key, array in found.items()}, said

    return reading


RECORDS = json.dumps([{"weight": 3, "age": 1, "height": 2}, {"age": 4, "weight": 6, "height": 5}])
COLUMNS = json.dumps({"weight": [3, 6], "height": [2, 5], "age": [1, 4]})
PANDAS = json.dumps(
    {"weight": {"7": 3, "8": 6}, "height": {"7": 2, "8": 5}, "age": {"7": 1, "8": 4}}
)
SPLIT = json.dumps(
    {"columns": ["height", "age", "weight"], "index": [0, 1], "data": [[2, 1, 3], [5, 4, 6]]}
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "age,height,weight\n1,2,3\n4,5,6\n"),
        ("a.csv", "weight,age,height\n3,1,2\n6,4,5\n"),
        ("a.csv", "weight;age;height\n3;1;2\n6;4;5\n"),
        ("a.tsv", "weight\tage\theight\n3\t1\t2\n6\t4\t5\n"),
        ("a.json", RECORDS),
        ("a.json", COLUMNS),
        ("a.json", PANDAS),
        ("a.json", SPLIT),
    ],
)
def test_names_say_where_the_columns_are(read: Read, name: str, text: str) -> None:
    assert read(text, THREE, NAMES, name)[0] == {"x": [[1, 2, 3], [4, 5, 6]]}


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json"])
def test_other_columns_are_left_out_by_name(read: Read, name: str) -> None:
    rows = [("id", "weight", "note", "height", "age"), ("7", 3, "x", 2, 1)]
    text = "\n".join(("\t" if name == "a.tsv" else ",").join(map(str, row)) for row in rows)
    if name == "a.json":
        text = json.dumps([dict(zip(*rows, strict=True))])
    found, said = read(text, THREE, NAMES, name)
    assert found == {"x": [[1, 2, 3]]}
    assert said == ["columns 'id', 'note' left out: the model does not take them"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("age,height,size", "no column 'weight'; the header has 'age', 'height', 'size'"),
        ("a,b,c", "no column 'age', 'height', 'weight'; the header has 'a', 'b', 'c'; say what"),
        ("Age,height,weight", "no column 'age'; the header has 'Age'"),
        ("age,height", "no column 'weight'"),
        ("x[0],x[1],x[2]", "no column 'age', 'height', 'weight'"),
    ],
)
def test_a_header_without_a_known_name_is_refused(read: Read, header: str, words: str) -> None:
    with pytest.raises(KeronyxError, match=words.replace("[", r"\[")):
        read(f"{header}\n{','.join('123'[: header.count(',') + 1])}\n", THREE, NAMES)
    record = dict.fromkeys(header.split(","), 1)
    with pytest.raises(KeronyxError, match=words.replace("[", r"\[")):
        read(json.dumps([record]), THREE, NAMES, "a.json")


def test_a_name_that_is_there_twice_is_refused(read: Read) -> None:
    with pytest.raises(KeronyxError, match="column 'age' is there twice"):
        read("age,age,height,weight\n1,2,3,4\n", THREE, NAMES)


def test_inputs_of_one_value_are_known_by_their_names(read: Read) -> None:
    wanted = {"age": [[30.0]], "sex": [["f"]], "steps": [9.0]}
    assert read("steps,sex,age\n9,f,30\n", SINGLE) == (wanted, [])
    found, said = read("id,steps,sex,age\n1,9,f,30\n", SINGLE)
    assert (found, len(said)) == (wanted, 1)
    assert read('{"steps": 9, "sex": "f", "age": 30}', SINGLE, name="a.json")[0] == wanted
    with pytest.raises(KeronyxError, match="no column 'age'"):
        read("steps,sex,years\n9,f,30\n", SINGLE)


def test_without_known_names_the_order_is_the_tables_and_said(read: Read) -> None:
    for name, text in (("a.csv", "c,a,b\n1,2,3\n"), ("a.json", '[{"c": 1, "a": 2, "b": 3}]')):
        found, said = read(text, name=name)
        assert found == {"x": [[1, 2, 3]]}
        assert said == [
            "the columns are taken in the table's order, as no names are known: see --columns"
        ]
    assert read("1,2,3\n") == ({"x": [[1, 2, 3]]}, [])
    with pytest.raises(KeronyxError, match=r"5 columns \('id', 'c'.*expected 3; .*columns="):
        read("id,c,a,b,target\n0,1,2,3,1\n")


def test_an_index_of_pandas_is_left_out(read: Read) -> None:
    for first in ("", "Unnamed: 0"):
        found, said = read(f"{first},a,b,c\n0,1,2,3\n1,4,5,6\n")
        assert found == {"x": [[1, 2, 3], [4, 5, 6]]}
        assert "without a name, it counts the rows" in said[0]
    assert read(",a,b\n0,1,2\n1,4,5\n", OPEN)[0] == {"x": [[1, 2], [4, 5]]}
    assert read(",weight,age,height\n0,3,1,2\n", THREE, NAMES)[0] == {"x": [[1, 2, 3]]}
    with pytest.raises(KeronyxError, match="column 1 has no name"):
        read(",a,b,c\n7,1,2,3\n9,4,5,6\n")
    with pytest.raises(KeronyxError, match=r"4 columns, expected 3; the first one counts .*index="):
        read("0,1,2,3\n1,4,5,6\n")
    with pytest.raises(KeronyxError, match="2 columns"):
        read(",a,b\n0,1,2\n1,4,5\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "1,5;-2;3,25\n4;5;6\n"),
        ("a.csv", "a;b;c\n1,5;-2;3,25\n4;5;6\n"),
        ("a.csv", "1,5\t-2\t3,25\n4\t5\t6\n"),
        ("a.tsv", "1,5\t-2\t3,25\n4\t5\t6\n"),
        ("a.csv", "0,0000;-2;3,25\n4;5;6\n".replace("0,0000", "1,500;").replace(";;", ";")),
    ],
)
def test_decimal_commas_are_read_and_said(read: Read, name: str, text: str) -> None:
    found, said = read(text, name=name)
    assert found == {"x": [[1.5, -2, 3.25], [4, 5, 6]]}
    assert "the numbers have decimal commas" in said
    kind = "semicolons" if ";" in text else "tabs"
    assert (f"the columns are separated by {kind}" in said) == (name == "a.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,234;5;6\n", "'1,234' is a thousand or a fraction; write 1234.5"),
        ("1,5;2.5;3\n", "'2.5' beside '1,5'"),
        ("1,234.5;2;3\n", "not a number"),
        ("1,5,2,5,3,5\n", "6 columns, expected 3; where decimals follow commas, .* semicolons"),
        ('1,2,"3,5"\n', "column 3: '3,5' is not a number; decimals follow a point"),
        ("1;2;3\n4;x;6\n", "line 2, column 2: 'x' is not a number"),
        ("1;2;3\n4;5\n", "line 2: 2 columns, expected 3"),
        ("1,2,3\n4,,6\n", r"line 2, column 2: empty; write nan .*na_rep='nan'"),
        ("a,b,c\n1,2,3\n4,5\n", "line 3: 2 columns, expected 3; the header has 3"),
    ],
)
def test_what_may_mean_two_things_is_refused(read: Read, text: str, words: str) -> None:
    with pytest.raises(KeronyxError, match=words):
        read(text)


@pytest.mark.parametrize(
    ("dtype", "cell", "words"),
    [
        ("float32", "1e39", "'?1e.39'? does not fit into float32, whose largest number is 3.4e38"),
        ("float32", "-3.5e38", "does not fit into float32"),
        ("float32", "1e400", "1e400 does not fit into float32"),
        ("float64", "-1e400", "-1e400 does not fit into float64"),
        ("float16", "70000", "70000 does not fit into float16, whose largest number is 65504"),
        ("float16", "65520", "65520 does not fit into float16"),
        ("bfloat16", "3.4e38", "does not fit into bfloat16"),
        ("int32", "2147483648", "does not fit into int32, which holds -2147483648 to 2147483647"),
        ("uint8", "256", "256 does not fit into uint8, which holds 0 to 255"),
        ("uint8", "-1", "-1 does not fit into uint8"),
        ("int8", "2.5", "2.5 is not a whole number, which int8 are"),
        ("int32", "nan", "nan does not fit into int32"),
        ("bool", "2", "2 does not fit into bool, which holds 0 and 1"),
    ],
)
def test_numbers_that_a_type_does_not_hold_are_refused(
    read: Read, dtype: str, cell: str, words: str
) -> None:
    specs = {"x": TensorSpec((None, 2), dtype)}
    for header in ("", "a,b\n"):
        line = 3 + bool(header)
        with pytest.raises(KeronyxError, match=f"line {line}, column 2: .*{words}"):
            read(f"{header}1,0\n\n1,{cell}\n1,1\n", specs)
    number = "NaN" if cell == "nan" else cell
    with pytest.raises(
        KeronyxError, match=f"row 2, 'b': .*{words}|-?1e400 does not fit into float64"
    ):
        read(f'[{{"a": 1, "b": 0}}, {{"a": 1, "b": {number}}}]', specs, name="a.json")


def test_what_is_infinite_or_nan_in_the_table_stays(read: Read) -> None:
    found, _ = read("inf,-Infinity,3.4028235e38\n1,2,NaN\n")
    np.testing.assert_array_equal(found["x"], [[np.inf, -np.inf, 3.4028235e38], [1, 2, np.nan]])


def test_arrays_beyond_float32_are_refused_too(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", [[1.0, 2.0, 1e39]])
    np.savez(tmp_path / "a.npz", x=np.array([[1.0, 2.0, -1e39]]))
    (tmp_path / "a.json").write_text("[[1, 2, 1e39]]")
    for name in ("a.npy", "a.npz", "a.json"):
        with pytest.raises(KeronyxError, match="does not fit into float32"):
            read_inputs(tmp_path / name, THREE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"a": 1, "b": 2, "c": null}]', "row 1, 'c': null; write NaN"),
        ('[{"a": 1, "b": 2, "c": "3"}]', "row 1, 'c': '3' is not a number"),
        ('[{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2}]', "row 2: 'c' is not in all rows"),
        ('{"a": [1], "b": [2], "c": [3, 4]}', "'c' has other rows than 'a'"),
        ('{"columns": ["a", "b", "c"], "data": [[1, 2]]}', "row 1: not 3 values"),
    ],
)
def test_records_that_are_none_are_refused(read: Read, text: str, words: str) -> None:
    with pytest.raises(KeronyxError, match=words):
        read(text, name="a.json")


def test_a_flat_list_is_one_row(read: Read) -> None:
    found, said = read("[1, 2, 3]", name="a.json")
    assert (found, said) == ({"x": [[1, 2, 3]]}, ["the list is read as one row"])


def test_tsv_is_written_as_it_is_read(tmp_path: Path) -> None:
    write_outputs(tmp_path / "a.tsv", {"y": np.array([[1.5, 2]], np.float32)})
    assert (tmp_path / "a.tsv").read_text() == "y[0]\ty[1]\n1.5\t2.0\n"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("a", "b"), "2 names of columns for a model that takes 3"),
        (("a", "b", "b"), "two columns are named 'b'"),
        (("a", " ", "b"), "without a name"),
        ("abc", "columns as one text"),
    ],
)
def test_names_that_cannot_be_are_refused(columns: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        checked(columns, THREE)


@pytest.mark.parametrize("text", ["[", "{}", "[1, 2, 3]", '["a"]', '["a", "a", "b"]', "[" * 9999])
def test_metadata_of_others_says_nothing(text: str) -> None:
    assert from_metadata({"columns": text}, THREE) == ()


def test_images_in_tables(read: Read) -> None:
    image = {"x": TensorSpec((None, 2, 2, 1), "float32")}
    found, said = read("1,2,3,4\n5,6,7,8\n", image)
    assert found["x"][1] == [[[5], [6]], [[7], [8]]]
    assert said == ["'x' is read as (2, 2, 1), the last axis running fastest"]
    assert read("1,2,3\n")[1] == []


def test_a_folder_of_arrays_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is a folder; put its arrays into one, .*numpy\.save"):
        read_inputs(tmp_path, THREE)
