"""Seats and the queue behind them."""

import asyncio

import pytest

from neteyes.serve.visitors import MOST_WAITING, Full, Visitors


def test_when_too_many_wait_the_next_one_is_turned_away():
    async def come() -> Visitors:
        visitors = Visitors(1)
        async with visitors.seat(lambda place, of: None), asyncio.TaskGroup() as queue:

            async def wait() -> None:
                async with visitors.seat(lambda place, of: None):
                    pass

            waiting = [queue.create_task(wait()) for _ in range(MOST_WAITING)]
            await asyncio.sleep(0)
            with pytest.raises(Full, match="Too many wait"):
                async with visitors.seat(lambda place, of: None):
                    pass
            for task in waiting:
                task.cancel()
        return visitors

    visitors = asyncio.run(come())
    assert (visitors.inside, visitors.waiting, visitors.refused) == (0, 0, 1)


def test_a_seat_given_to_one_who_has_just_left_goes_to_the_next():
    async def come() -> list[str]:
        visitors, sat = Visitors(1), []

        async def sit(name: str) -> None:
            async with visitors.seat(lambda place, of: None):
                sat.append(name)
                await asyncio.sleep(0)

        async with visitors.seat(lambda place, of: None):
            leaving, staying = asyncio.create_task(sit("leaving")), asyncio.create_task(sit("staying"))
            await asyncio.sleep(0)
        leaving.cancel()  # it has been told that it is its turn, and has not woken yet
        await asyncio.gather(leaving, staying, return_exceptions=True)
        assert visitors.inside == 0
        return sat

    assert asyncio.run(come()) == ["staying"]
