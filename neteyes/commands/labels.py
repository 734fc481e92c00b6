"""`neteyes labels`: list the label names that can be swapped."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engines.bundle import open_bundle
from engines.errors import LabelError


def labels(
    query: Annotated[str, typer.Argument(help="Show only names that contain or resemble this.")] = "",
    bundle: Annotated[str, typer.Option(help="The bundle of the labels: its name or folder.")] = "small",
) -> None:
    """List the labels of a bundle: their ids and names, and which of them its nets see and paint.

    A name in brackets is understood, too. A label that is not seen can still be painted, by a swap.

    Example: [cyan]neteyes labels wall[/]
    """
    whole = open_bundle(bundle).card
    card, seen = whole.synthesize, whole.segment
    space = card.space
    seen_names = {seen.space.name(label) for label in seen.trained} or set(seen.space.names)
    matching = [name for name in space.names if query.lower() in name] or space.nearest(query.lower(), 8)
    if not matching:
        raise LabelError(f"No label resembles '{query}'. `neteyes labels` lists all {len(space)}.")
    table = Table("id", "label", "seen", "painted as", box=None, header_style="bold")
    for name in matching:
        label, alias = space.id(name), space.alias(name)
        trained = not card.trained or label in card.trained
        painted = "[green]itself[/]" if trained else card.siblings.get(name, "[dim]never trained[/]")
        written = escape(f"{name} ({alias})" if alias else name)
        table.add_row(str(label), written, "[green]yes[/]" if name in seen_names else "[dim]no[/]", painted)
    Console(emoji=False).print(table)
