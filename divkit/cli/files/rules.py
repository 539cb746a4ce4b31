"""The user's word on what a file leaves open: one field a flag of the command line."""

from __future__ import annotations

from dataclasses import dataclass, fields

from divkit.choices import Names, choice, require_among
from divkit.cli.files.thousands import MARKS, NONE

READING = "Reading the files"
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}


@dataclass(frozen=True)
class Rules:
    r"""Rules by which files are read; None where the user said nothing.

    Attributes
    ----------
    header : whether the first line of text holds names.
    delimiter : between cells of text: a character, or its name in `DELIMITERS`.
    decimal : the mark before the fraction, "." or ",".
    thousands : the mark between thousands, ".", ",", "space" or "apostrophe"; "none" where such
        cells are text.
    index : "drop" leaves a table's index of rows out, "keep" takes it for a column.
    missing : "drop" leaves rows with a missing cell out.
    comment : lines of text that start so are left out; "" for none.
    align : how two files' columns are matched, by "name" or by "place".
    rounded : whether figures that float64 does not hold are taken as the nearest it does.
    dates : whether dates are taken, as days since 1970-01-01; those with a zone in UTC.
    columns : names of the columns that are taken, between commas; all of them where None.
    without : names of the columns that are left out, between commas.
    labels : whether a column of text is taken, as labels.

    Raises
    ------
    ValueError
        If a field is none of what it may be, or delimiter and decimal mark are one character.
    """

    header: bool | None = choice(None, "Whether line 1 of text holds names.", group=READING)
    delimiter: str | None = choice(
        None,
        "Between cells of text: one character, or comma, semicolon, tab, bar, space.",
        metavar="CHAR",
        group=READING,
        takes=Names(("divkit.cli.files.rules:DELIMITERS",)),
    )
    decimal: str | None = choice(
        None, "Before the fraction: . or ,.", metavar="CHAR", among=(".", ","), group=READING
    )
    thousands: str | None = choice(
        None,
        "Between thousands: ., a comma, space, apostrophe; none, where such cells are text.",
        metavar="CHAR",
        among=(*MARKS, NONE),
        group=READING,
    )
    index: str | None = choice(
        None,
        "A column that names or numbers the rows: leave it out, or take it.",
        among=("drop", "keep"),
        group=READING,
    )
    missing: str | None = choice(
        None, "Leave rows with missing cells out.", among=("drop",), group=READING
    )
    comment: str = choice("", "Leave lines out that start so.", metavar="TEXT", group=READING)
    align: str = choice(
        "name", "How columns of A and B are matched.", among=("name", "place"), group=READING
    )
    rounded: bool = choice(
        False, "Take the nearest float64 for figures that it does not hold.", group=READING
    )
    dates: bool = choice(
        False, "Take dates, as 2024-03-31 or 31.03.2024, as days from 1970 on.", group=READING
    )
    columns: str | None = choice(
        None, "Names of the columns to take, with commas.", metavar="NAMES", group=READING
    )
    without: str | None = choice(
        None, "Names of the columns to leave out, with commas.", metavar="NAMES", group=READING
    )
    labels: bool = False

    def __post_init__(self) -> None:
        require_among(self, "--{}".format)
        if self.delimiter is not None and not _is_delimiter(self.delimiter):
            raise ValueError(
                f"--delimiter must be one character or {', '.join(DELIMITERS)}; got "
                f"{self.delimiter!r}."
            )
        if self.separator == self.decimal:
            raise ValueError(
                f"--delimiter and --decimal are both {self.decimal!r}: give cells and fractions "
                "marks of their own."
            )

        if self.thousands == self.fraction:
            raise ValueError(
                f"--thousands and --decimal are both {self.thousands!r}: give thousands and "
                "fractions marks of their own."
            )

    @property
    def fraction(self) -> str:
        """The mark before the fraction: as given, else a comma beside points, else a point."""
        return self.decimal or ("," if self.thousands == "." else ".")

    @property
    def said(self) -> tuple[str, ...]:
        """The fields that are not at their defaults."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != f.default)

    @property
    def text_advice(self) -> str:
        """Advice on a cell of text, where the verb takes labels; else ""."""
        return ""

    @property
    def text_flag(self) -> bool:
        """Whether the verb has a flag that takes text, --labels."""
        return False

    @property
    def separator(self) -> str:
        """The character between cells: as given, or a comma, or ; where fractions have commas."""
        if self.delimiter is not None:
            return DELIMITERS.get(self.delimiter, self.delimiter)
        return ";" if self.fraction == "," else ","


def _is_delimiter(text: str) -> bool:
    return text in DELIMITERS or (len(text) == 1 and not text.isalnum() and text not in '"\r\n+-.')


@dataclass(frozen=True)
class NumberRules(Rules):
    """The rules of a verb that fits a law to numbers alone, those of one file."""

    align: str = "name"

    @property
    def text_advice(self) -> str:
        """The ways around labels."""
        return (
            ": a density is of numbers. Fit the rows of each label by themselves, or number up to "
            "5 labels, which become atoms"
        )


@dataclass(frozen=True)
class LabelRules(Rules):
    """The rules of a verb that takes labels."""

    labels: bool = choice(False, "Take columns of text, as labels.", group=READING)

    @property
    def text_advice(self) -> str:
        """The flag that takes text."""
        return ": --labels takes columns of text as labels"

    @property
    def text_flag(self) -> bool:
        """Whether the flag is still to be given."""
        return not self.labels
