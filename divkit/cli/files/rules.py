"""The user's word on what a file leaves open: one field a flag of the command line."""

from __future__ import annotations

from dataclasses import dataclass

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
INDEX, MISSING, ALIGN = ("drop", "keep"), ("drop",), ("name", "place")


@dataclass(frozen=True)
class Rules:
    r"""How files are read; None where the user said nothing.

    Attributes
    ----------
    header : whether the first line of text holds names.
    delimiter : between cells of text: a character, or its name in `DELIMITERS`.
    decimal : the mark before the fraction, "." or ",".
    index : "drop" leaves a table's index of rows out, "keep" takes it for a column.
    missing : "drop" leaves rows with a missing cell out.
    comment : lines of text that start so are left out; "" for none.
    align : how two files' columns are matched, by "name" or by "place".
    rounded : whether figures that float64 does not hold are taken as the nearest it does.
    labels : whether a column of text is taken, as labels.

    Raises
    ------
    ValueError
        If a field is none of what it may be, or delimiter and decimal mark are one character.
    """

    header: bool | None = None
    delimiter: str | None = None
    decimal: str | None = None
    index: str | None = None
    missing: str | None = None
    comment: str = ""
    align: str = "name"
    rounded: bool = False
    labels: bool = False

    def __post_init__(self) -> None:
        _one_of("--decimal", self.decimal, (".", ","))
        _one_of("--index", self.index, INDEX)
        _one_of("--missing", self.missing, MISSING)
        _one_of("--align", self.align, ALIGN)
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

    @property
    def separator(self) -> str:
        """The character between cells: as given, or a comma, or ; where fractions have commas."""
        if self.delimiter is not None:
            return DELIMITERS.get(self.delimiter, self.delimiter)
        return ";" if self.decimal == "," else ","


def _is_delimiter(text: str) -> bool:
    return text in DELIMITERS or (len(text) == 1 and not text.isalnum() and text not in '"\r\n+-.')


def _one_of(flag: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise ValueError(f"{flag} must be {' or '.join(known)}; got {value!r}.")
