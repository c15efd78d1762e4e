import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from leadline.data.table import Finding, from_frame, gaps, read_table
from leadline.errors import DataError

TEXT = "name,weight,good\nRex,31.5,true\n Miu ,?,false\n"


def _write(folder, content, name="t.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


READ = [
    ("comma", TEXT),
    ("semicolon", TEXT.replace(",", ";")),
    ("tabulator", TEXT.replace(",", "\t")),
    ("bar", TEXT.replace(",", "|")),
    ("byte order mark", "\ufeff" + TEXT),
    ("carriage returns", TEXT.replace("\n", "\r\n")),
    ("blank lines", TEXT.replace("\n", "\n\n") + "\n\n"),
    ("no last line end", TEXT.rstrip("\n")),
    ("quotes", TEXT.replace("Rex", '"Rex"')),
]


@pytest.mark.parametrize("text", [case[1] for case in READ], ids=[case[0] for case in READ])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t"])
def test_text_is_read_whatever_its_delimiter_and_name(tmp_path, text, name):
    table = read_table(_write(tmp_path, text, name))
    assert table.columns == ("name", "weight", "good")
    assert table.kinds == ("category", "numeric", "boolean")
    assert table.frame.rows() == [("Rex", 31.5, True), ("Miu", None, False)]
    assert table.source.endswith(name)


def test_quoted_cells_hold_delimiters_and_line_ends(tmp_path):
    table = read_table(_write(tmp_path, 'a,b\n"x, y",1\n"two\nlines",2\n"say ""no""",3\n'))
    assert table.column("a").to_list() == ["x, y", "two\nlines", 'say "no"']


def test_parquet_is_known_by_its_content(tmp_path):
    path = tmp_path / "t.csv"
    pl.DataFrame({"code": ["1", "2"], "size": [1.0, float("nan")]}).write_parquet(path)
    table = read_table(path)
    assert table.kinds == ("category", "numeric")
    assert table.column("size").to_list() == [1.0, None]


def test_many_rows_are_read_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr("leadline.data.table.ROWS_AT_ONCE", 7)
    table = read_table(_write(tmp_path, "a,b\n" + "".join(f"{i},w{i}\n" for i in range(23))))
    assert table.column("a").to_list() == list(range(23))


def test_an_unnamed_column_gets_a_name(tmp_path):
    assert read_table(_write(tmp_path, ",a\n0,x\n1,y\n")).columns == ("(unnamed 1)", "a")


def test_words_and_infinities_among_numbers_are_findings(tmp_path):
    lines = "".join(f"{i},{i}\n" for i in range(30))
    table = read_table(_write(tmp_path, f"a,b\n{lines}few,inf\n"))
    assert [str(finding) for finding in table.findings] == [
        "Column 'a': numbers with words in 1 of 31 cells ('few'; row 30); taken as missing.",
        "Column 'b': infinite in 1 of 31 rows (row 30); taken as missing.",
    ]
    assert table.kinds == ("numeric", "numeric")
    assert table.frame.row(30) == (None, None)


BROKEN = [
    ("empty", b"", "is empty"),
    ("blank", b" \n\n", "is empty"),
    ("header only", b"a,b\n", r"header \(a, b\) but no rows"),
    ("too few cells", b"a,b\n1,2\n3\n", r"line 3: 1 cells where the header has 2"),
    ("too many cells", b"a,b\n1,2,3\n", r"line 2: 3 cells where the header has 2"),
    ("ragged after a quoted line end", b'a,b\n"x\ny",2\n3\n', "line 4: 1 cells"),
    ("open quotation", b'a,b\n"x,2\n', r"line \d.*quotation"),
    ("bad UTF-8", b"a,b\n1,2\ncaf\xe9,3\n", r"line 3: not UTF-8 \(byte 0xe9\)"),
    ("repeated header", b"a,b,a\n1,2,3\n", "'a' stands more than once"),
    ("no header", b"1,2\n3,4\n", "numbers only"),
    ("zeros", b"a,b\n1,\0\n", "no table"),
    ("zip", b"PK\x03\x04rest", "no table.*PK"),
    ("gzip", b"\x1f\x8b\x08rest", "no table"),
    ("broken Parquet", b"PAR1 but not", "Parquet"),
    ("beyond float32", b"a,b\n1,2\n1e300,2\n", r"column 'a'.*float32.*\(row 1\)"),
]


@pytest.mark.parametrize(("content", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file_is_refused_by_name(tmp_path, content, message):
    path = _write(tmp_path, content, "broken.csv")
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert "broken.csv" in str(caught.value)


def test_a_truncated_parquet_is_refused_at_every_length(tmp_path):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"a": [1, 2, 3]}).write_parquet(path)
    whole = path.read_bytes()
    for length in range(4, len(whole), 37):
        with pytest.raises(DataError):
            read_table(_write(tmp_path, whole[:length], "cut.parquet"))


def test_no_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"no file .*absent\.csv"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)


class _Arrow:
    """A data frame that speaks the Arrow protocol and nothing else."""

    def __init__(self, frame):
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema=None):
        return self._frame.__arrow_c_stream__(requested_schema)


COLUMNS = {"size": [1.0, None, 3.0], "colour": ["red", None, "blue"], "good": [True, False, True]}
FRAMES = [
    ("mapping", lambda: COLUMNS),
    ("polars", lambda: pl.DataFrame(COLUMNS)),
    ("lazy polars", lambda: pl.LazyFrame(COLUMNS)),
    ("pandas", lambda: pd.DataFrame(COLUMNS, index=[7, 5, 3])),
    ("pandas categories", lambda: pd.DataFrame(COLUMNS).astype({"colour": "category"})),
    ("pyarrow", lambda: pa.table(COLUMNS)),
    ("arrow stream", lambda: _Arrow(pl.DataFrame(COLUMNS))),
    ("a table", lambda: from_frame(COLUMNS)),
]


@pytest.mark.parametrize("frame", [case[1] for case in FRAMES], ids=[case[0] for case in FRAMES])
def test_any_data_frame_gives_the_same_table(frame):
    table = from_frame(frame())
    assert table.columns == ("size", "colour", "good")
    assert table.kinds == ("numeric", "category", "boolean")
    assert table.frame.rows() == [(1.0, "red", True), (None, None, False), (3.0, "blue", True)]


def test_a_pandas_column_of_mixed_objects_is_read_as_text():
    table = from_frame(pd.DataFrame({"a": np.array([1, "x", None], object), 5: [1, 2, 3]}))
    assert table.columns == ("a", "5")
    assert table.column("a").to_list() == ["1", "x", None]


NO_FRAMES = [
    ("a number", 3, "int cannot be read"),
    ("nothing in it", pl.DataFrame(), "0 columns"),
    ("columns of unequal length", {"a": [1, 2], "b": [1]}, "dict cannot be read as a table"),
    ("repeated in pyarrow", pa.table([[1], [2]], names=["a", "a"]), "more than once"),
    ("no rows", pl.DataFrame({"a": []}), "0 rows"),
    ("repeated column", pd.DataFrame([[1, 2]], columns=["a", "a"]), "more than once"),
]


@pytest.mark.parametrize(("frame", "message"), [case[1:] for case in NO_FRAMES], ids=[case[0] for case in NO_FRAMES])
def test_what_is_no_table_is_refused(frame, message):
    with pytest.raises(DataError, match=message):
        from_frame(frame)


def test_an_unknown_column_names_the_nearest():
    table = from_frame({"price": [1, 2], "rooms": [3, 4]})
    with pytest.raises(DataError, match=r"Unknown column 'pirce'. Did you mean 'price'\?"):
        table.column("pirce")
    with pytest.raises(DataError, match="Unknown column"):
        table.kind("pirce")


def test_take_gives_rows_and_keeps_what_is_known():
    table = from_frame({"a": [1.0, float("inf"), 3.0], "b": ["x", "y", "z"]})
    taken = table.take(np.array([2, 0]))
    assert taken.frame.rows() == [(3.0, "z"), (1.0, "x")]
    assert (taken.kinds, taken.findings, taken.size) == (table.kinds, table.findings, 2)


def test_the_digest_depends_on_every_cell_name_and_kind():
    digests = [
        from_frame(columns).digest
        for columns in (
            {"a": [1, 2], "b": ["x", "y"]},
            {"a": [1, 3], "b": ["x", "y"]},
            {"c": [1, 2], "b": ["x", "y"]},
            {"a": ["1", "2"], "b": ["x", "y"]},
            {"a": [1, 2], "b": ["x", None]},
        )
    ]
    assert len(set(digests)) == len(digests)
    assert from_frame({"a": [1, 2], "b": ["x", "y"]}).digest == digests[0]


def test_a_finding_reads_as_a_sentence():
    assert str(Finding(None, "Something.")) == "Something."
    assert str(Finding("a", "empty.")) == "Column 'a': empty."


def test_columns_that_were_categories_stay_so_whatever_their_cells_look_like(tmp_path):
    (tmp_path / "zones.csv").write_text("zone,size\n01,3\n02,4\n?,5\n")
    assert read_table(tmp_path / "zones.csv").column("zone").to_list() == [1.0, 2.0, None]
    table = read_table(tmp_path / "zones.csv", text=["zone", "absent"])
    assert table.column("zone").to_list() == ["01", "02", None]
    assert table.kinds == ("category", "numeric")


def test_missing_values_are_one_finding_with_columns_counts_and_first_rows():
    columns = {f"c{i}": [None] * i + list(range(10 - i)) for i in range(9)}
    (found,) = gaps(from_frame(columns), tuple(columns))
    assert str(found).startswith(
        "Missing values in 8 of 9 columns: 'c8' in 8 of 10 rows (rows 0, 1, 2 and 5 more); 'c7' in 7 of "
    )
    assert "'c4' in 4 of 10 rows (rows 0, 1, 2 and 1 more); and 3 more. Numbers are filled with the median of train" in str(found)
    assert gaps(from_frame(columns), ("c0",)) == ()
