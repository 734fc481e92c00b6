"""Two people with sticks fight on a wide flat, mountains behind them: the film scene of the first picture."""

from __future__ import annotations

import math
from typing import NamedTuple

from stream.scenes.affine import Affine, WidthHeight, move, scale
from stream.scenes.board import hand_held
from stream.scenes.brush import fineness, unit
from stream.scenes.canvas import LayeredScene
from stream.scenes.figure import Figure, Stance, shoulder
from stream.scenes.land import Ground, Land
from stream.scenes.sprite import Layer, Shadow
from stream.scenes.wardrobe import ANKLE

_BEAT = 0.56  # seconds from one key pose to the next
_APART = 1.16  # body heights between the two fighters' middles


class _Key(NamedTuple):
    """A key pose: hips, trunk and stick. The grip is measured from the shoulder; angles in degrees."""

    hip: float
    drop: float
    lean: float
    grip_x: float
    grip_y: float
    stick: float
    step: float  # step of the front foot


_GUARDS = (_Key(0.0, 0.035, 5, 0.20, 0.13, 52, 0.0), _Key(-0.02, 0.05, 2, 0.17, 0.16, 66, 0.0),
           _Key(0.01, 0.04, 8, 0.22, 0.10, 38, 0.02))  # fmt: skip
# For each attack: the wind-up, the hit, and the defence of the other fighter.
_EXCHANGES = (
    (_Key(-0.06, 0.03, -9, -0.02, -0.15, 128, -0.02), _Key(0.10, 0.075, 17, 0.27, 0.00, 22, 0.12),
     _Key(-0.05, 0.06, -7, 0.18, -0.06, 48, -0.04)),  # a cut from above, met high
    (_Key(-0.05, 0.06, -3, -0.06, 0.17, -118, 0.0), _Key(0.09, 0.10, 18, 0.25, 0.17, -22, 0.13),
     _Key(-0.04, 0.05, 6, 0.22, 0.16, -50, -0.02)),  # a low sweep, met low
    (_Key(-0.08, 0.05, -4, 0.04, 0.10, 8, -0.03), _Key(0.14, 0.12, 22, 0.31, 0.04, 4, 0.19),
     _Key(-0.07, 0.04, -10, 0.13, 0.08, 72, -0.05)),  # a lunge, turned aside
    (_Key(-0.04, 0.02, -12, 0.05, -0.22, 152, -0.01), _Key(0.08, 0.05, 12, 0.26, -0.12, 40, 0.10),
     _Key(-0.02, 0.12, 2, 0.14, -0.20, 12, 0.02)),  # a great overhead blow, caught over the head
    (_Key(-0.03, 0.05, 0, 0.08, -0.02, 96, 0.0), _Key(0.06, 0.06, 10, 0.25, 0.06, 60, 0.07),
     _Key(0.02, 0.05, 6, 0.24, 0.05, 62, 0.03)),  # locked together
)  # fmt: skip


class Duel(LayeredScene):
    """Draw the duel: two puppets, a painted land, and a hand-held camera."""

    name = "duel"

    def __init__(self, seed: int = 0, size: WidthHeight = (640, 360), rate: float = 30.0) -> None:
        """Paint land and fighters."""
        super().__init__(seed, size, rate)
        width, height = size
        self.body = min(0.60 * height, 0.40 * width)  # a fighter's height in pixels
        self.land = Land(seed, size, 0.47, (Ground.SALT, Ground.SAND, Ground.SNOW)[seed % 3])
        resolution = fineness(self.body)
        coats = ((44, 42, 46), (104, 110, 122)) if seed % 3 == 0 else None
        self._sun = 0.9 * unit(seed, 905) - 0.45
        self.fighters = (
            Figure(seed * 2 + 101, resolution, 1, 0.25, (coats[0], (40, 46, 60)) if coats else None),
            Figure(seed * 2 + 102, resolution, -1, 0.17, ((58, 82, 132), (52, 50, 54)) if coats else None),
        )

    def layers(self, time: float) -> list[Layer | Shadow]:
        """See `LayeredScene.layers`."""
        width, height = self.size
        camera = hand_held(self.seed, self.size, time)
        ground = (
            0.47 * height + 0.80 * (0.53 * height)
            if height <= 1.3 * width
            else 0.47 * height + 0.75 * self.body
        )
        layers: list[Layer | Shadow] = [*self.land.layers(time, camera)]
        bodies: list[Layer] = []
        for side, figure in enumerate(self.fighters):
            facing = 1 - 2 * side
            # The right one stands a little nearer to the viewer, so that limbs that cross have an order.
            foot = ground + (0.012 if side else -0.012) * self.body
            root = camera @ move(width / 2, foot) @ scale(self.body * facing, self.body)
            stance = self._stance(side, time)
            # The sun stands behind them, a little to one side: heights fall towards the viewer.
            fallen = root @ Affine(1.0, -self._sun * facing, 0.0, 0.0, -0.17, 0.0)
            layers.append(Shadow(tuple(figure.layers(stance, fallen)), 0.5, 0.013 * self.body))
            middle = (stance.feet[0][0] + stance.feet[1][0]) / 2
            layers.append(self.land.shadow(root @ move(middle, 0.0), 0.26))
            bodies += figure.layers(stance, root)
        return layers + bodies

    def _place(self, exchange: int) -> float:
        """Return the place of the fight at an exchange, in body heights from the middle."""
        phase = 6.28 * unit(self.seed, 901)
        return 0.16 * math.sin(0.43 * exchange + phase) + 0.10 * math.sin(1.07 * exchange + 2 * phase)

    def _key(self, side: int, number: int) -> _Key:
        exchange, landing = divmod(number, 2)
        if unit(self.seed, exchange, 3) < 0.14 <= unit(self.seed, exchange - 1, 3):  # they watch one another
            return _GUARDS[int(unit(self.seed, exchange, 4 + side) * len(_GUARDS))]
        windup, strike, parry = _EXCHANGES[int(unit(self.seed, exchange, 1) * len(_EXCHANGES))]
        attacks = (unit(self.seed, exchange, 2) < 0.5) == (side == 0)
        if landing:
            return strike if attacks else parry
        return windup if attacks else _GUARDS[int(unit(self.seed, exchange, 6 + side) * len(_GUARDS))]

    def _stance(self, side: int, time: float) -> Stance:
        stance = self._bare(side, time)
        earlier = self._bare(side, time - 0.13)
        drag = 1.6 * (earlier.hip[0] - stance.hip[0]) + 0.5 * (earlier.lean - stance.lean)
        breeze = 0.05 * math.sin(2.1 * time + side) + 0.03 * math.sin(3.7 * time + 2 * side)
        swing = max(min(drag, 0.5), -0.5) + breeze * (1 - 2 * side)
        return Stance(
            stance.hip, stance.lean, stance.feet, stance.soles, stance.hands, stance.nod, swing, stance.stick
        )

    def _bare(self, side: int, time: float) -> Stance:
        """Return the stance without the coat's swing: eased from key to key."""
        number = math.floor(time / _BEAT)
        u = time / _BEAT - number
        before, after = self._key(side, number), self._key(side, number + 1)
        landing = (number + 1) % 2 == 1
        # A blow gathers, falls fast and is held; a wind-up is drawn smoothly.
        eased = _smooth(min(max((u - 0.10) / 0.52, 0.0), 1.0) ** 1.5) if landing else _smooth(u)
        hip, drop, lean, grip_x, grip_y, angle, _ = (
            a + (b - a) * eased for a, b in zip(before, after, strict=True)
        )
        if not landing:  # the clash rings through the arms
            angle += 7 * math.exp(-7 * u) * math.sin(26 * u)
        breath = 0.006 * math.sin(2.4 * time + 2 * side)
        home, front, rear, lift = self._feet(side, number, u)
        hips = (home + hip, -(ANKLE + 0.455) + drop + breath + 0.01 * sum(lift))
        lean = math.radians(lean)
        neck = shoulder(hips, lean)
        stick = math.radians(angle)
        grip = neck[0] + grip_x, neck[1] + 0.03 + grip_y + breath
        other = grip[0] - 0.07 * math.cos(stick), grip[1] + 0.07 * math.sin(stick)
        feet = (front, -ANKLE - lift[0]), (rear, -ANKLE - lift[1])
        soles = (-2.2 * lift[0], 4.0 * lift[1])
        return Stance(hips, lean, feet, soles, (grip, other), 0.35 * lean, 0.0, stick)

    def _feet(self, side: int, number: int, u: float) -> tuple[float, float, float, tuple[float, float]]:
        """Return the hips' ground point, both feet's x, and how far each is lifted; planted between steps."""
        facing = 1 - 2 * side

        def home(key: int) -> float:
            return facing * self._place((key + 1) // 2) - _APART / 2

        before, after = home(number), home(number + 1)
        near = before + 0.16 + self._key(side, number).step, after + 0.16 + self._key(side, number + 1).step
        rear = before - 0.17, after - 0.17
        ahead = after >= before
        first, second = _smooth(min(max((u - 0.08) / 0.45, 0), 1)), _smooth(min(max((u - 0.48) / 0.45, 0), 1))
        # A fighter who advances leads with the front foot.
        steps = (first, second) if ahead else (second, first)
        lift = (
            _hop(steps[0]) * min(abs(near[1] - near[0]) * 0.45, 0.06),
            _hop(steps[1]) * min(abs(rear[1] - rear[0]) * 0.45, 0.06),
        )
        middle = before + (after - before) * _smooth(u)
        return (
            middle,
            near[0] + (near[1] - near[0]) * steps[0],
            rear[0] + (rear[1] - rear[0]) * steps[1],
            lift,
        )


def _smooth(u: float) -> float:
    return u * u * (3 - 2 * u)


def _hop(u: float) -> float:
    return 4 * u * (1 - u)
