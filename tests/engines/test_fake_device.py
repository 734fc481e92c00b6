"""The fake device does things as late as it may, and finds what a GPU would answer with garbage."""

import threading

import numpy as np
import pytest

from engines.engine import TensorSpec
from engines.errors import BackendError
from engines.fake_device import FakeDevice
from engines.fake_stream import Fault
from engines.replay import replayed

SHAPE, UINT8 = (4,), np.dtype(np.uint8)


@pytest.fixture
def device():
    device = FakeDevice()
    with device.current():
        yield device


class Double:
    """A runtime that doubles what it gets."""

    backend = "double"
    inputs, outputs = (TensorSpec("a", SHAPE, UINT8),), (TensorSpec("b", SHAPE, UINT8),)
    calls = 0

    def __call__(self, inputs, outputs):
        self.calls += 1
        np.multiply(inputs["a"], 2, out=outputs["b"])

    def close(self):
        pass


class Rig:
    """Two streams, two arrays on the device, and pinned memory to copy from and to."""

    def __init__(self, device):
        self.device = device
        self.one, self.two = device.stream(), device.stream()
        self.a, self.b = device.empty(SHAPE, UINT8), device.empty(SHAPE, UINT8)
        self.source, self.target = device.pinned(SHAPE, UINT8), device.pinned(SHAPE, UINT8)
        self.landed = device.event()

    def fill(self, *numbers):
        self.source[...] = numbers
        self.device.upload(self.source, self.a, self.one)
        self.a.ready.record(self.one)

    def fetch(self, array):
        self.device.download(array, self.target, self.two)
        self.landed.record(self.two)
        self.landed.wait(1)

    def free(self):
        things = (self.one, self.two, self.a, self.b, self.source, self.target, self.landed)
        self.device.free(*things)


@pytest.fixture
def rig(device):
    return Rig(device)


def test_work_is_done_in_order_and_not_before_somebody_waits(device, rig):
    rig.fill(1, 2, 3, 4)
    rig.two.wait(rig.a.ready)
    device.engine(Double(), rig.two)({"a": rig.a}, {"b": rig.b})
    device.download(rig.b, rig.target, rig.two)
    assert set(rig.target) == {0xA5}
    rig.landed.record(rig.two)
    rig.landed.wait(1)
    assert list(rig.target) == [2, 4, 6, 8]
    rig.free()


def test_reading_before_the_ready_event_is_a_fault(device, rig):
    rig.fill(1, 2, 3, 4)
    with pytest.raises(Fault, match="before its ready event"):
        device.download(rig.a, rig.target, rig.two)


def test_reading_what_nobody_filled_is_a_fault(device, rig):
    with pytest.raises(Fault, match="nobody has filled"):
        rig.fetch(rig.a)


def test_a_copy_into_a_busy_array_is_a_fault(device, rig):
    rig.fill(1, 2, 3, 4)
    rig.two.wait(rig.a.ready)
    device.copy(rig.a, rig.b, rig.two)
    with pytest.raises(Fault, match="busy"):
        rig.fill(5, 6, 7, 8)  # nothing orders it behind the copy on the other stream


def test_waiting_for_what_used_it_makes_an_array_free_again(device, rig):
    rig.fill(1, 2, 3, 4)
    rig.two.wait(rig.a.ready)
    rig.fetch(rig.a)
    rig.fill(5, 6, 7, 8)
    rig.two.wait(rig.a.ready)
    rig.fetch(rig.a)
    assert list(rig.target) == [5, 6, 7, 8]


def test_changing_pinned_memory_under_a_copy_is_a_fault(device, rig):
    rig.fill(1, 2, 3, 4)
    rig.source[0] = 9
    with pytest.raises(Fault, match="pinned memory was changed"):
        rig.a.ready.wait(1)


def test_memory_that_is_not_pinned_is_a_fault(device, rig):
    with pytest.raises(Fault, match="not pinned"):
        device.upload(np.zeros(SHAPE, UINT8), rig.a, rig.one)


@pytest.mark.parametrize("who", ["stream", "thread"])
def test_a_wait_for_an_event_never_recorded_is_a_fault(device, rig, who):
    with pytest.raises(Fault, match="never recorded"):
        rig.one.wait(rig.landed) if who == "stream" else rig.landed.wait(1)


def test_a_thread_on_which_the_device_is_not_current_is_a_fault(device, rig):
    faults = []

    def elsewhere():
        try:
            rig.fill(1, 2, 3, 4)
        except Fault as fault:
            faults.append(str(fault))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(5)
    assert "not current" in faults[0]


def test_what_belongs_to_another_device_is_a_fault(device, rig):
    other = FakeDevice()
    with other.current():
        array, stream = other.empty(SHAPE, UINT8), other.stream()
    with pytest.raises(Fault, match="another device"):
        device.upload(rig.source, array, rig.one)
    with pytest.raises(Fault, match="another device"):
        device.upload(rig.source, rig.a, stream)


def test_what_is_left_over_is_a_fault(device, rig):
    rig.free()
    device.event()
    with pytest.raises(Fault, match="never freed: 1 event"):
        device.check_closed()


def test_freeing_what_is_busy_or_gone_is_a_fault(device, rig):
    rig.fill(1, 2, 3, 4)
    with pytest.raises(Fault, match="busy"):
        device.free(rig.a)
    device.free(rig.b)
    with pytest.raises(Fault, match="not any more"):
        device.free(rig.b)


def test_making_anything_after_warming_up_is_a_fault(device):
    device.settle()
    for make in (device.event, device.stream, lambda: device.empty(SHAPE, UINT8)):
        with pytest.raises(Fault, match="after warming up"):
            make()


def test_waiting_for_the_whole_device_is_a_fault(device):
    with pytest.raises(Fault, match="device-wide"):
        device.synchronize()


def test_memory_runs_out_as_on_a_gpu():
    device = FakeDevice(memory=10)
    with device.current():
        device.empty((8,), UINT8)
        with pytest.raises(BackendError, match="out of memory"):
            device.empty((8,), UINT8)


@pytest.mark.parametrize("state", ["lost", "hung"])
def test_a_broken_device_is_an_error_and_no_wait(device, rig, state):
    rig.fill(1, 2, 3, 4)
    if state == "lost":
        device.lose()
    device.hung = state == "hung"
    with pytest.raises(BackendError, match="lost" if state == "lost" else "has not answered for 1 s"):
        rig.a.ready.wait(1)


def test_an_engine_is_captured_once_for_each_set_of_arrays_and_answers_the_same(device, rig):
    inner = Double()
    engine = replayed(device.engine(inner, rig.one), device, rig.one)
    answers = []
    for numbers in ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12)):
        rig.fill(*numbers)
        engine({"a": rig.a}, {"b": rig.b})
        rig.b.ready.record(rig.one)
        rig.two.wait(rig.b.ready)
        rig.fetch(rig.b)
        answers.append(list(rig.target))
    assert answers == [[2, 4, 6, 8], [10, 12, 14, 16], [18, 20, 22, 24]]
    assert [what for _, what, _ in device.calls].count("capture") == 1
    assert inner.calls == 3
    engine.close()
