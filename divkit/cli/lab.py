"""`divkit lab`: the derivation in a browser, served from this machine."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import typer

from divkit.choices import choice, require_among
from divkit.cli.guard import guarded
from divkit.cli.options import json_choice, with_options
from divkit.lab.screens.names import LANGUAGES, SCREENS

if TYPE_CHECKING:
    from divkit.lab.server.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
NEEDED = ("starlette", "uvicorn", "websockets")


@dataclass(frozen=True)
class LabOptions:
    """Options of `divkit lab`."""

    host: str = choice("127.0.0.1", "Address to listen on; another one needs --token.")
    port: int = choice(0, "Port; 0 takes a free one.", least=0, most=65535)
    no_browser: bool = choice(False, "Print the address; open no browser.")
    token: str | None = choice(None, "What a visitor must know; made up if none is given.")
    allow_host: tuple[str, ...] = choice(
        (),
        "Names under which a proxy is in front of it, with commas; needs --token.",
        metavar="NAME",
    )
    sessions: int = choice(8, "Visitors at a time, a process each.", least=1, most=1000)
    screen: str | None = choice(None, "Screen to begin with.", among=SCREENS)
    lang: str | None = choice(None, "Language; the browser's if none.", among=LANGUAGES)
    json: bool = json_choice("words")


@guarded
@with_options
def lab(asked: LabOptions) -> None:
    """Open the derivation in a browser: every number with its error."""
    require_among(asked, "--{}".format)
    require_installed()
    from divkit.lab.server.serve import serve

    made = settings_of(asked)
    if not made.loopback:
        typer.echo(
            "Warning: other machines reach this server, and what they send is not encrypted. Put "
            "it behind a proxy that speaks TLS where the network is not your own.",
            err=True,
        )
    for address in made.outside:
        typer.echo(f"Through a proxy that speaks TLS: {address}", err=True)
    serve(made, lambda url: _listening(url, asked))


def require_installed() -> None:
    """Check that what the server is made of is there.

    Raises
    ------
    ValueError
        If a package is missing.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"divkit lab needs {', '.join(missing)}: install the extra, pip install 'divkit[lab]'."
        )


def settings_of(asked: LabOptions) -> Settings:
    """Return the server's settings.

    Raises
    ------
    ValueError
        If others could reach a server whose token nobody chose, or the token is too short.
    """
    from secrets import token_urlsafe

    from divkit.lab.server.settings import Settings

    if not asked.host.strip():
        raise ValueError("--host must be a name or an address; got an empty one.")
    token = asked.token
    made = Settings(
        asked.host.strip(),
        asked.port,
        token_urlsafe(16) if token is None else token,
        asked.sessions,
        asked.screen,
        asked.lang,
        names=tuple(map(_host_name, asked.allow_host)),
    )
    if not made.loopback and token is None:
        raise ValueError(f"--host {asked.host} lets others in: say what they must know, --token.")
    if made.names and token is None:
        raise ValueError("--allow-host lets others in: say what they must know, --token.")
    if token is not None and not (len(token) >= 8 and token.isascii() and token.isalnum()):
        raise ValueError("--token must be at least 8 letters and digits.")
    return made


def _host_name(text: str) -> str:
    """A name of --allow-host in lower case.

    Raises
    ------
    ValueError
        If it is an address of a page, has a port, or could stand for many.
    """
    if not _NAME.fullmatch(text):
        raise ValueError(
            "--allow-host takes names such as lab.school.example, without https:// and "
            f"port; got {text!r}."
        )
    return text.lower()


def _listening(url: str, asked: LabOptions) -> None:
    """Say where the page is; with --json in one line."""
    from divkit.lab.protocol.words import written

    sys.stdout.write(written({"url": url}) + "\n" if asked.json else f"{url}\n")
    sys.stdout.flush()
    if not asked.no_browser:
        import webbrowser

        webbrowser.open(url)
