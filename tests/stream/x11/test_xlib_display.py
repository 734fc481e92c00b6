"""Each connection keeps the numbers of its own X server: another server gives other numbers."""

from pathlib import Path

from stream.x11.x_server import X11, Monitor
from stream.x11.xlib_display import open_xlib
from tests.fixtures.machine import x_server


def test_two_servers_with_different_extensions_are_asked_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    lacking = [word for name in ("MIT-SHM", "XTEST", "SECURITY") for word in ("-extension", name)]
    with x_server(tmp_path / "one") as (one, _), x_server(tmp_path / "other", 1, *lacking) as (other, _):
        numbers = []
        for name in (one, other):
            display = open_xlib(name)
            numbers.append(display.query_extension("RANDR").major_opcode)
            display.close()
        assert numbers[0] != numbers[1]
        with X11(one) as first, X11(other) as second:
            for server in (first, second, first):
                assert server.monitors() == [Monitor(0, 0, 1280, 720)]
                assert not server.is_xwayland
