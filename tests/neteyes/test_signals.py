import signal

import pytest

from neteyes.signals import on_interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_remembered_and_does_nothing_else(number):
    before = signal.getsignal(number)
    with on_interrupt() as interrupted:
        assert not interrupted()
        signal.raise_signal(number)
        assert interrupted()
        assert signal.getsignal(number) is before
    assert signal.getsignal(number) is before


@pytest.fixture
def python_takes_ctrl_c():
    """Let Ctrl-C raise KeyboardInterrupt, also if the tests run in the background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("python_takes_ctrl_c")
def test_the_second_ctrl_c_gets_the_systems_own_way():
    with on_interrupt() as interrupted, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        signal.raise_signal(signal.SIGINT)
