"""Define the command `neteyes` and its subcommands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from neteyes import __version__
from neteyes.commands import (
    bench,
    build,
    cameras,
    config,
    doctor,
    export,
    flashes,
    health,
    labels,
    models,
    palette,
    run,
    screens,
    serve,
)
from stream.redact import redact

OTHER_NAMES = {
    **{name: ["--height"] for name in ("--width", "--output-width", "--output-size", "--scale")},
    "--resolution": ["--height", "--size"],
}
"""Options that other programs have, and ours for the same purpose."""


class _Discreet(TyperGroup):
    """Redact passwords in messages that quote a mistyped command line, and name the option that was meant."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _without_secrets():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        with _without_secrets():
            return super().invoke(ctx)


@contextmanager
def _without_secrets() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        message = getattr(error, "message", None)  # all errors that quote the command line have it
        if isinstance(message, str):
            error.message = redact(message)  # type: ignore[attr-defined]
        if meant := OTHER_NAMES.get(getattr(error, "option_name", None) or ""):
            error.possibilities = meant  # type: ignore[attr-defined]
        raise


app = typer.Typer(
    cls=_Discreet,
    name="neteyes",
    help="See the world through the eyes of a neural net, live.\n\n"
    "Each frame goes through [bold]DeepLab[/], which sees blobs of named things, and through [bold]SPADE[/], "
    "which paints a new picture knowing nothing but those blobs.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(rich_help_panel="Look")(run.run)
app.command(rich_help_panel="Look")(serve.serve)
app.command(rich_help_panel="Look")(cameras.cameras)
app.command(rich_help_panel="Look")(screens.screens)
app.command(rich_help_panel="Look")(labels.labels)
app.command(rich_help_panel="Make")(export.export)
app.command(rich_help_panel="Make")(build.build)
app.add_typer(models.app, name="models", rich_help_panel="Make")
app.add_typer(palette.app, name="palette", rich_help_panel="Make")
app.command(rich_help_panel="Check")(doctor.doctor)
app.add_typer(config.app, name="config", rich_help_panel="Check")
app.command(rich_help_panel="Check")(health.health)
app.command(rich_help_panel="Check")(flashes.flashes)
app.add_typer(bench.app, name="bench", rich_help_panel="Check")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"neteyes {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
