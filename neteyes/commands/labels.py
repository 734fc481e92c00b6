"""`neteyes labels`: list the label names that can be swapped."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from engines.bundle import open_bundle
from engines.errors import LabelError


def labels(
    query: Annotated[str, typer.Argument(help="Show only names that contain or resemble this.")] = "",
    bundle: Annotated[str, typer.Option(help="Whose labels: a bundle's name or folder.")] = "small",
) -> None:
    """List the labels of a bundle: their ids and names, and whether its painter was trained on them.

    Example: [cyan]neteyes labels wall[/]
    """
    card = open_bundle(bundle).card.synthesize
    space = card.space
    matching = [name for name in space.names if query.lower() in name] or space.nearest(query.lower(), 8)
    if not matching:
        raise LabelError(f"No label resembles '{query}'. `neteyes labels` lists all {len(space)}.")
    table = Table("id", "label", "painted as", box=None, header_style="bold")
    for name in matching:
        label = space.id(name)
        trained = not card.trained or label in card.trained
        painted = "[green]itself[/]" if trained else card.siblings.get(name, "[dim]never trained[/]")
        table.add_row(str(label), name, painted)
    Console().print(table)
