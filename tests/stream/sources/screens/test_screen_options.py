import pytest

from engines.errors import UsageError
from stream.sources.screens.screen_options import ScreenOptions, screen_options
from stream.uri import parse
from stream.x11.x_server import Rectangle


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("screen://", ScreenOptions()),
        ("screen://1", ScreenOptions(monitor=1)),
        ("screen://1/?rate=12.5", ScreenOptions(monitor=1, rate=12.5)),
        ("screen://?window=C++ & more".replace("&", "%26"), ScreenOptions(window="C++ & more")),
        ("screen://?window=Gl%C3%BCck = Pech?", ScreenOptions(window="Glück = Pech?")),
        ("screen://?region=640x480+10+20", ScreenOptions(region=Rectangle(10, 20, 640, 480))),
    ],
)
def test_what_is_captured(text: str, options: ScreenOptions) -> None:
    assert screen_options(parse(text)) == options


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("screen://?windw=x", "Did you mean 'window'"),
        ("screen://?window=Tom & Jerry", "An & in a title is written %26"),
        ("screen://?window=", "`neteyes screens` lists them"),
        ("screen://pong", r"screen://\?window=pong"),
        ("screen://1?window=pong", "Leave the number out"),
        ("screen://?region=640x480", "WIDTHxHEIGHT.LEFT.TOP"),
        ("screen://?region=0x480+0+0", "WIDTHxHEIGHT.LEFT.TOP"),
        ("screen://?region=640x480-10+0", "WIDTHxHEIGHT.LEFT.TOP"),
        ("screen://?rate=0", "above 0"),
        ("screen://?rate=1e9", "240 at most"),
    ],
)
def test_a_wrong_option_is_said_with_the_right_one(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        screen_options(parse(text))
