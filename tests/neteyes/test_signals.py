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


def test_the_second_ctrl_c_gets_the_systems_own_way():
    with on_interrupt() as interrupted, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        signal.raise_signal(signal.SIGINT)
