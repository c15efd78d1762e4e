"""Guards around tables."""

from __future__ import annotations

from guarded.guard import Guard, bad

__all__ = ["GUARDS"]

TABLE, COLUMNS, TARGET, SPLIT = "data/table.py", "data/columns.py", "data/target.py", "data/split.py"
SCREENING, FEATURES, PREDICTOR = "data/screening.py", "data/features.py", "models/predictor.py"
FITTED = "data/test_split.py::test_poisoned_cv_and_test_rows_change_nothing_that_is_fitted"


def broken(what: str) -> str:
    """The test of a file that is no table."""
    return f"data/test_table.py::test_a_broken_file_is_refused_by_name[{what}]"


GUARDS = (
    Guard("an empty file", TABLE, "if not content.strip():", "if False:", broken("empty")),
    Guard("a header without rows", TABLE, "if not pieces:", "if False:", broken("header only")),
    Guard(
        "one row",
        SPLIT,
        "if len(rows) < FEWEST_ROWS:",
        "if False:",
        "data/test_split.py::test_what_cannot_be_split_is_refused[one row]",
    ),
    Guard("a ragged line", TABLE, "if len(row) != width:", "if False:", broken("too few cells")),
    Guard("bad UTF-8", TABLE, "except UnicodeDecodeError as error:", "except ZeroDivisionError as error:", broken("bad UTF-8")),
    Guard("a header twice", TABLE, "    if repeated:", "    if False:", broken("repeated header")),
    Guard("numbers for a header", TABLE, "if all(_is_number(name) for name in names):", "if False:", broken("no header")),
    Guard("an unknown column", TABLE, "if name not in self.frame.columns:", "if False:", bad("a target that is no column")),
    Guard(
        "words among numbers",
        COLUMNS,
        "if many and words.sum() <= MOST_WORDS * cells:",
        "if False:",
        bad("words among the numbers of a column"),
    ),
    Guard(
        "an infinity in a column",
        COLUMNS,
        '        noticed.append(english(f"infinite in',
        '        (english(f"infinite in',
        bad("an infinity in a column"),
    ),
    Guard("missing values", SPLIT, ", *gaps(table, screening.columns))", ")", bad("missing values in a column")),
    Guard(
        "NaN in arrays that are split",
        "data/arrays.py",
        "        _refuse(~np.isfinite(array),",
        "        _refuse(np.isinf(array),",
        "data/test_split.py::test_what_cannot_be_split_is_refused[NaN in X]",
    ),
    Guard(
        "NaN in the target",
        TARGET,
        "    if missing.any():",
        "    if False:",
        "data/test_target.py::test_what_cannot_be_a_target_is_refused_with_a_remedy",
    ),
    Guard(
        "rows without a target are dropped",
        TARGET,
        "if not drop_missing or not missing.any():",
        "if True:",
        "data/test_split.py::test_rows_without_a_target_are_dropped_on_request_and_counted",
    ),
    Guard("1e300 in a column", COLUMNS, "    if huge.any():", "    if False:", bad("a number of 1e300 in a column")),
    Guard("1e300 in a target", TARGET, "    if huge.any():", "    if False:", "data/test_target.py"),
    Guard("one class", TARGET, "if len(distinct) == 1:", "if False:", bad("a target of one class")),
    Guard("a class too small to split", TARGET, "    if small:", "    if False:", bad("a class of one member")),
    Guard(
        "a constant column",
        SCREENING,
        "if distinct == 1 and cells == len(series):",
        "if False:",
        "data/test_screening.py::test_what_can_be_no_feature_is_left_out",
    ),
    Guard(
        "a column without values",
        SCREENING,
        "    if cells == 0:",
        "    if False:",
        "data/test_screening.py::test_what_can_be_no_feature_is_left_out",
    ),
    Guard("identical columns", SCREENING, "    if key in seen:", "    if False:", bad("the same column twice")),
    Guard(
        "a finite scaler",
        FEATURES,
        "scale if scale > 1e-12 * abs(mean) else 1.0",
        "scale",
        "data/test_features.py::test_no_column_makes_the_features_infinite",
    ),
    Guard(
        "features are held in",
        FEATURES,
        "return np.clip((values - mean) / scale, -FURTHEST, FURTHEST)",
        "return (values - mean) / scale",
        "data/test_features.py",
    ),
    Guard(
        "a column missing at predict",
        TABLE,
        "if name not in self.frame.columns:",
        "if False:",
        bad("predicting without a column"),
    ),
    Guard("a column too many at predict is told", PREDICTOR, "*said, *others))", "*said))", bad("predicting with a column more")),
    Guard(
        "columns go by name",
        FEATURES,
        "    series = table.column(name)\n    numbers",
        "    series = table.frame[:, 0]\n    numbers",
        "models/test_predictor.py::test_any_frame_in_any_order",
    ),
    Guard(
        "words where numbers were", FEATURES, "    if words.any():", "    if False:", bad("predicting words where numbers were")
    ),
    Guard(
        "an unseen category has its bucket",
        FEATURES,
        "codes.get(value, other)",
        "codes.get(value, 0)",
        "data/test_features.py::test_each_value_has_its_bucket",
    ),
    Guard(
        "unseen categories are counted",
        PREDICTOR,
        "*said, *others))",
        "*others))",
        bad("predicting a category that training never saw"),
    ),
    Guard(
        "unseen categories of cv are counted",
        SPLIT,
        "(*in_words(found), *dealt.notes, *unseen)",
        "(*in_words(found), *dealt.notes)",
        "data/test_split.py::test_categories_of_cv_that_train_has_never_seen_are_noted",
    ),
    Guard(
        "rows that stand in two parts",
        SPLIT,
        "repeated(parts, self.target, columns)",
        "()",
        bad("rows that stand twice, so in train and in test"),
    ),
    Guard(
        "a column that equals the target",
        SCREENING,
        "    if _tells(series, target, y):",
        "    if False:",
        "data/test_screening.py::test_what_can_be_no_feature_is_left_out",
    ),
    Guard(
        "a column that numbers the rows",
        SCREENING,
        'return english("a counter of the rows")',
        "return None",
        bad("a column that numbers the rows"),
    ),
    Guard(
        "an id column",
        SCREENING,
        "if ID_NAME.search(series.name) and distinct >= ID_SHARE * cells:",
        "if False:",
        "data/test_screening.py::test_what_can_be_no_feature_is_left_out",
    ),
    Guard(
        "the preparation sees train only", SPLIT, "fit_preparation(train, screening", "fit_preparation(table, screening", FITTED
    ),
    Guard(
        "the target's scale is that of train",
        SPLIT,
        "measured(self.target, train.y)",
        "measured(self.target, self.y)",
        "data/test_split.py::test_a_regression_is_measured_on_train_alone",
    ),
    Guard(
        "columns are chosen by train",
        SPLIT,
        "screen(train, dealt.target, dealt.y[dealt.at[0]], features)",
        "screen(table.take(dealt.rows), dealt.target, dealt.y, features)",
        "data/test_split.py::test_which_columns_are_features_is_read_off_train_alone",
    ),
    Guard(
        "cells that a spreadsheet would run",
        "files/predictions.py",
        'return f"\'{text}"',
        "return text",
        "files/test_predictions.py",
    ),
)
