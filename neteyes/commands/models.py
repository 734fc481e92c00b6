"""`neteyes models`: list and check bundles; get and add more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engines.backends import installed_backends
from engines.bundle import (
    NETS,
    PUBLISHED,
    Bundle,
    find_bundle,
    installed_bundles,
    open_bundle,
    read_bundle,
    shipped_bundles,
)
from engines.certificate import Certificate, not_certified, read_certificate
from engines.errors import BundleError, NetEyesError
from engines.runtimes.rtx_files import check_engines
from engines.sizes import size_text
from engines.user_data import home
from neteyes.commands import models_add, models_get

app = typer.Typer(
    help="List the bundles that are here, check them, get the published one, add your own segmenter.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.command()(models_get.get)
app.command()(models_add.add)

Name = Annotated[
    str | None, typer.Argument(help="A bundle's name, or its folder, with a /.", show_default=False)
]


@app.command("list")
def list_() -> None:
    """List the bundles that are here, and those that can be got."""
    shipped, installed = shipped_bundles(), installed_bundles()
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for folder in (*shipped, *installed):
        where = "comes with neteyes" if folder in shipped else str(folder)
        try:
            bundle = read_bundle(folder)
        except BundleError as error:
            table.add_row(escape(folder.name), f"[red]{escape(str(error))}[/]\n{escape(where)}\n")
            continue
        licence = bundle.card.license or ("that of neteyes" if folder in shipped else "not told")
        lines = (f"{_labels(bundle)}, {_megabytes(bundle)} MB", where, f"licence: {licence}")
        table.add_row(escape(folder.name), escape("\n".join(lines)) + "\n")
    for name in PUBLISHED:
        if not any(folder.name == name for folder in installed):
            get = f"not here yet: neteyes models get {name}"
            table.add_row(name, f"sees and paints 182 labels\n{get}\nlicence: non-commercial", style="dim")
    Console(emoji=False).print(table)


def _labels(bundle: Bundle) -> str:
    seen, painted = (
        len(part.trained or part.space.names) for part in (bundle.card.segment, bundle.card.synthesize)
    )
    return f"sees {seen} labels and paints {painted}"


@app.command()
def where(name: Name = None) -> None:
    """Print the folder of a bundle; without a name, the folder of all that was installed."""
    print(home() if name is None else find_bundle(name).absolute())


@app.command()
def check(name: Name = None) -> None:
    """Check a bundle, or all: its files are those of its card, every runtime opens each, and it is certified.

    Exits with 1 if anything is wrong.
    """
    folders = [find_bundle(name)] if name else [*shipped_bundles(), *installed_bundles()]
    table = Table.grid(padding=(0, 2))
    healthy = True
    for folder in folders:
        faults, found = _examine(folder)
        healthy = healthy and not faults
        mark = "[red]✗[/]" if faults else "[green]✓[/]"
        table.add_row(mark, escape(folder.name), escape("\n".join(faults or found)))
    Console(emoji=False).print(table)
    if not healthy:
        raise typer.Exit(1)


def _examine(folder: Path) -> tuple[list[str], list[str]]:
    """Return the faults of a bundle; and the checks that it passed, with notes on runtimes not certified."""
    try:
        bundle = open_bundle(folder)
    except BundleError as error:
        return [str(error)], []
    faults = check_engines(bundle)
    certificate: Certificate | None = None
    try:
        certificate = read_certificate(bundle)
    except BundleError as error:
        faults.append(str(error))
    opened, notes = [], []
    for backend in installed_backends():
        try:
            for size in bundle.each_size():
                for net in NETS:
                    size.open(net, backend).close()
            opened.append(backend)
        except NetEyesError as error:
            if certificate is None or backend not in certificate.refusals:
                faults.append(str(error))
    if certificate:
        notes = [said for backend in opened if (said := not_certified(certificate, backend))]
    if not opened:
        faults.append("No runtime opens it.")
    sizes = ", ".join(map(size_text, bundle.sizes))
    opens = f"opens at {sizes} with {', '.join(opened)}"
    return faults, [f"unaltered, certified with {certificate}, {opens}", *notes]


def _megabytes(bundle: Bundle) -> str:
    sizes = [path.stat().st_size for path in bundle.files if path.is_file()]
    return f"{sum(sizes) / 1e6:.0f}"
