"""What a screen shows, and what the script that it exports prints."""

import re

_LINE = re.compile(r"^(\w+) = ([^\sN]\S*)", re.M)


def shown_of(screen):
    """All that a screen tells, by name."""
    return {name: each for part in screen.numbers() for name, each in part.items()}


def numbers_of(screen):
    """The numbers of a screen as shown: of one with one side the end that is claimed."""
    found = shown_of(screen)
    ends = {"lower": 0, "upper": 1}
    return {
        name: each.interval[ends[each.one_sided]] if each.one_sided else each.value
        for name, each in found.items()
        if hasattr(each, "value")
    }


def printed_by(screen, capsys):
    """The numbers that the exported script prints, by name."""
    exec(compile(screen.python(), "exported", "exec"), {})
    return {name: float(value) for name, value in _LINE.findall(capsys.readouterr().out)}
