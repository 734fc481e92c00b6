import threading

import pytest

from stream.mailbox import Closed, Mailbox

pytestmark = pytest.mark.alone


def in_thread(call):
    """Run `call` on a thread; return the thread and a list that will hold its result or error."""
    results = []

    def work() -> None:
        try:
            results.append(call())
        except Closed as error:
            results.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, results


def test_latest_keeps_only_the_newest_and_counts_the_rest():
    box = Mailbox(1, "latest")
    for number in range(5):
        assert box.put(number)
    assert box.get() == 4
    assert box.dropped == 4


def test_every_waits_for_room_and_loses_nothing():
    box = Mailbox(2, "every")
    thread, _ = in_thread(lambda: [box.put(number) for number in range(100)])
    assert [box.get() for _ in range(100)] == list(range(100))
    thread.join(5)
    assert box.dropped == 0


def test_get_gives_none_when_nothing_comes_in_time():
    assert Mailbox().get(timeout=0.001) is None


def test_items_inside_can_be_taken_after_finish():
    box = Mailbox(2)
    box.put("a")
    box.finish()
    assert not box.put("b")
    assert box.get() == "a"
    with pytest.raises(Closed):
        box.get()


@pytest.mark.parametrize("end", ["close", "finish"])
def test_ending_wakes_a_waiting_get(end):
    box = Mailbox()
    thread, results = in_thread(box.get)
    getattr(box, end)()
    thread.join(5)
    assert isinstance(results[0], Closed)


@pytest.mark.parametrize("end", ["close", "finish"])
def test_ending_wakes_a_waiting_put(end):
    box = Mailbox(1)
    box.put("first")
    thread, results = in_thread(lambda: box.put("second"))
    getattr(box, end)()
    thread.join(5)
    assert results == [False]


def test_closing_drops_the_items_inside():
    box = Mailbox(3)
    box.put(1)
    box.put(2)
    assert box.close() == 2
    with pytest.raises(Closed):
        box.get()
