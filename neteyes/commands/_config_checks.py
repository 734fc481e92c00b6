"""Check the settings of a config file for one command, beyond their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines.backends import backend_of
from engines.bundle import find_bundle, read_bundle
from engines.errors import NetEyesError, UsageError
from neteyes.config import Config
from neteyes.output_conflicts import Places, check_window
from neteyes.palettes.chosen_palette import ChosenPalette, palette_named, segment_length
from neteyes.swaps import Swaps
from neteyes.watching.addresses import parse_address
from stream.controls import steadiness_of
from stream.faults import Faults
from stream.loop.report import check_report_path
from stream.nets.palette.palette_segment import seen_by_colours
from stream.sources import Asked, open_source
from stream.sources.screens.screen_options import screen_options
from stream.uri import FAULT, NETWORK, Uri, parse


class Findings:
    """Collect the faults of a config, each with the line of its key."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._faults: dict[str, tuple[int, str]] = {}

    @contextmanager
    def of(self, name: str, which: int | None = None) -> Iterator[None]:
        """Catch an error that ends the block, and keep it as a fault of a key or of one of its values."""
        try:
            yield
        except NetEyesError as fault:
            place = self._config.line(name, which), f"{self._config.place(name, which)}: {fault}"
            self._faults.setdefault(str(fault), place)

    @property
    def faults(self) -> list[tuple[int, str]]:
        """The line of each fault, and its words."""
        return list(self._faults.values())


def raise_faults(*findings: Findings) -> None:
    """Raise all faults that were found as one error.

    Raises:
        UsageError: there are faults; the message has a line for each, in the file's order.
    """
    faults = sorted({fault for found in findings for fault in found.faults})
    if faults:
        raise UsageError("\n".join(told for _, told in faults))


def check_run(found: Findings, value: Mapping[str, Any], file: Path) -> None:
    """Find the faults of the settings of `neteyes run`.

    Args:
        found: takes the faults.
        value: each setting's value, by its key.
        file: the config file.
    """
    source = None
    with found.of("input"):
        source = parse(value["input"])
        _check_input(source, value)
    with found.of("metrics"):
        if value["metrics"]:
            parse_address(value["metrics"], value["token"])
    with found.of("report"):
        if value["report"]:
            check_report_path(value["report"])
    files = tuple(each for each in (file, value["swap-file"]) if each)
    segment = segment_length(value["segment"])
    places = Places(source, value["report"], value["headless"], segment, value["keep"], files)
    with found.of("output"):
        outputs = places.outputs(value["output"])
        with found.of("segment" if value["segment"] else "keep"):
            places.recorded(outputs)
        with found.of("fullscreen" if value["fullscreen"] else "fill"):
            check_window(outputs, fullscreen=value["fullscreen"], fill=value["fill"])
    with found.of("flash-guard"):
        if not (value["flash-guard"] or value["yes"]):
            raise UsageError(
                "Without the flash guard a start asks, and a service cannot answer: add yes = true."
            )
    _check_nets(found, value, palette_named(value["segmenter"], value["segment"]))


def check_serve(found: Findings, value: Mapping[str, Any]) -> None:
    """Find the faults of the settings of `neteyes serve`; arguments as for `check_run`."""
    with found.of("input"):
        if value["input"]:
            _check_input(parse(value["input"]), value)
    with found.of("listen"):
        # Without a token, one is made where somebody can read it.
        parse_address(value["listen"], value["token"] or "made-at-start")
    _check_nets(found, value, None)


def _check_nets(found: Findings, value: Mapping[str, Any], segmenter: str | None) -> None:
    with found.of("backend"):
        if value["backend"] != "auto":
            backend_of(value["backend"])
    with found.of("bundle"):
        nets = read_bundle(find_bundle(value["bundle"]))
        if segmenter:
            with found.of("segmenter" if value["segmenter"] else "segment"):
                ChosenPalette(segmenter, nets)
            nets = seen_by_colours(nets)
        with found.of("steadiness"):
            steadiness_of(nets, value["steadiness"])
        for which, pair in enumerate(value["swap"] or []):
            with found.of("swap", which):
                Swaps(nets, [pair], None)
        with found.of("swap"):
            Swaps(nets, value["swap"] or [], None)  # one label swapped twice
        with found.of("swap-file"):
            Swaps(nets, [], value["swap-file"])


def _check_input(named: Uri, value: Mapping[str, Any]) -> None:
    """Refuse an invalid input.

    Raises:
        UsageError: its faults, its options, or a setting for it is invalid.
        SourceError: there is no such scene.
    """
    if named.scheme.removeprefix(FAULT) in ("scene", *NETWORK):  # these open only with their frames
        asked = Asked(
            pace=value.get("pace", True),
            loop=value["input-loop"],
            width=value["input-width"],
            height=value["input-height"],
            rate=value["input-rate"],
            sound=value.get("audio", False),
        )
        open_source(named, **asked).close()
    elif named.scheme == "screen":
        screen_options(named)  # which windows are there is another matter
    elif named.is_faulty:
        Faults(named)
