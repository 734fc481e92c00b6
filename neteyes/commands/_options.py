"""Turn a command's options into parameters of a command, because typer reads a function's signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_type_hints


def with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command from a function that takes the options of a command, such as `RunOptions`.

    Args:
        function: its parameter `options` is replaced by one parameter for each field; the others stay.

    Returns:
        A function with those parameters, their annotations and the docstring, for typer to make flags of.
    """
    hints = get_type_hints(function, include_extras=True)
    kind = hints["options"]
    options = get_type_hints(kind, include_extras=True)
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name != "options":
            parameters.append(parameter.replace(annotation=hints[parameter.name]))
            continue
        parameters += [
            inspect.Parameter(
                field.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=field.default,
                annotation=options[field.name],
            )
            for field in fields(kind)
        ]

    def command(**given: Any) -> Any:
        own = {name: value for name, value in given.items() if name not in options}
        return function(options=kind(**{name: given[name] for name in options}), **own)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command
