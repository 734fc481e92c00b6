"""Run the whole loop from a program, as the command `neteyes run` does."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import fields
from typing import Any

from engines.errors import UsageError
from neteyes.api.report import Report
from neteyes.config import ConfigWatch, read_config
from neteyes.options import RunOptions, written_options
from neteyes.run_session import RunSession
from neteyes.signals import on_interrupt

Named = str | int | os.PathLike[str]
"""An input or output: as on the command line, a path, or a camera's number."""


def run(
    input: Named | RunOptions | None = None,
    output: Named | Sequence[Named] | None = None,
    *,
    stop: threading.Event | None = None,
    catch_signals: bool = False,
    **options: Any,
) -> Report:
    """Carry frames from an input through the nets to outputs until the input ends, and return the report.

    An option that is not given here is as the config file says, if `config` names one, else as by default.
    Outputs are finished and playable however the run ends; `report="r.json"` writes the report also when it
    ends with an error. Messages go to Python's `logging`, by the loggers `neteyes`, `stream` and `engines`.

    Args:
        input: where frames come from, by default the drawn `scene://duel`; or all options at once.
        output: where they go, one or several; by default a window, or nothing if `headless`. A window wants
            the main thread.
        stop: ends the run within three seconds, once it is set.
        catch_signals: let Ctrl-C and SIGTERM end the run as its end does, while it lasts; only in the main
            thread. Without it, signals do what the program lets them do.
        **options: the fields of `RunOptions`, which are the flags of `neteyes run` with `_` for `-`.

    Raises:
        UsageError: what was asked for is invalid.
        NetEyesError: the input, an output or a net broke, or could not be opened.

    >>> report = run("scene://duel?size=160x120&seconds=0.2", "null://", pace=False, swap={"person": "bear"})
    >>> report.frames_out, report.dropped["late"], report.flashes.complies
    (6, 0, True)
    """
    given = _given(input, output, options)
    if catch_signals and threading.current_thread() is not threading.main_thread():
        raise UsageError("Signals come to the main thread only. Leave catch_signals out, or run there.")
    chosen, watch = _configured(given)
    asking = on_interrupt() if catch_signals else nullcontext(lambda: False)
    with RunSession(chosen, watch, counted=True) as session, asking as interrupted:

        def attend() -> None:
            if interrupted() or (stop is not None and stop.is_set()):
                session.pipeline.stop()

        session.run(attend)
    session.save_report()
    if session.error:
        raise session.error
    return Report.of(session.report())


def _given(input: Any, output: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a program gave, as `RunOptions` takes them."""
    given: dict[str, Any] = {}
    if isinstance(input, RunOptions):
        every = {field.name: (getattr(input, field.name), field.default) for field in fields(input)}
        given = {name: value for name, (value, default) in every.items() if value != default}
    elif input is not None:
        given["input"] = _name(input)
    if output is not None:
        several = isinstance(output, Sequence) and not isinstance(output, str)
        given["output"] = [_name(each) for each in output] if several else [_name(output)]
    return given | written_options(options)


def _name(named: Any) -> Any:
    """Return a path or a camera's number as text; anything else stays, to be refused with all options."""
    if isinstance(named, os.PathLike):
        return os.fspath(named)
    return str(named) if isinstance(named, int) and not isinstance(named, bool) else named


def _configured(given: dict[str, Any]) -> tuple[RunOptions, ConfigWatch]:
    """Return the options, completed by the config file, and the watch of that file."""
    options = RunOptions(**given)
    if options.config is None:
        return options, ConfigWatch()
    from neteyes.commands.run import context_of_run

    context = context_of_run()
    config = read_config(options.config, context)
    said = {str(setting.key.parameter.name): setting.value for setting in config.settings.values()}
    said.pop("log_json", None)  # how messages look is the program's own
    return RunOptions(**(said | given)), ConfigWatch(config, context, fixed=tuple(given))
