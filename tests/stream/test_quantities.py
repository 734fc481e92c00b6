import pytest

from engines.errors import UsageError
from stream.quantities import Keep, keep_of, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("10min", 600),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("1500ms", 1.5),
        ("7d", 604_800),
        ("2W", 1_209_600),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "10", "m", "10 parsecs", "-5m", "0.5s", "0m", "1h m", "10m ago", "1e3s"]
)
def test_an_invalid_duration_is_answered_with_valid_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"--segment wants a duration of a second or more, such as"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("7d", Keep(seconds=604_800)),
        ("10GB", Keep(bytes=10_000_000_000)),
        ("1.5 GiB", Keep(bytes=1_610_612_736)),
        ("7d,10GB", Keep(604_800, 10_000_000_000)),
        ("500mb, 1h30m", Keep(5400, 500_000_000)),
    ],
)
def test_retention_is_an_age_an_amount_or_both(text: str, keep: Keep) -> None:
    assert keep_of(text) == keep


@pytest.mark.parametrize("text", ["", "10", "all", "7d,8d", "1GB,2GB", "GB", "7d;10GB", "-1GB"])
def test_an_invalid_retention_is_answered_with_valid_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"--keep wants an age such as 7d, an amount such as 10GB"):
        keep_of(text)


def test_a_retention_of_zero_bytes_is_refused() -> None:
    with pytest.raises(UsageError, match="would keep nothing"):
        keep_of("0GB")
