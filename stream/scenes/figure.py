"""Paint people: a cut-out puppet of rigid parts, posed by the places of its hips, feet and hands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from stream.scenes.affine import Affine, Point, bone, joint, turn
from stream.scenes.brush import Colour
from stream.scenes.sprite import Layer
from stream.scenes.wardrobe import ANKLE, FOREARM, SHIN, THIGH, TRUNK, UPPER_ARM, dress

STRIDE = 0.74
"""Distance that a walker covers in one unit of phase, in body heights."""


@dataclass(frozen=True)
class Stance:
    """The places of a figure's joints, in body heights; near is the viewer's side.

    Attributes:
        hip: hip joint.
        lean: angle of the trunk, radians, positive forwards.
        feet: ankles, (near, far).
        soles: foot angles, radians, positive toes down, (near, far).
        hands: (near, far).
        nod: angle of the head against the vertical, positive looking down.
        swing: angle of the coat's skirt, positive swinging forwards.
        stick: angle of the stick in the near hand, radians, positive pointing up; None without one.
    """

    hip: Point
    lean: float
    feet: tuple[Point, Point]
    soles: tuple[float, float]
    hands: tuple[Point, Point]
    nod: float = 0.0
    swing: float = 0.0
    stick: float | None = None


def shoulder(hip: Point, lean: float) -> Point:
    """Return the upper end of the trunk: the root of neck and arms."""
    return hip[0] + TRUNK * math.sin(lean), hip[1] - TRUNK * math.cos(lean)


def walk(phase: float, speed: float = 1.0) -> Stance:
    """Return the stance of a walker.

    Args:
        phase: in steps of both feet (1 = one full stride); the body advances `STRIDE` a unit of phase.
        speed: liveliness, 0 stands still, 1 walks.
    """
    feet, soles, hands = [], [], []
    hip = (0.0, -(ANKLE + THIGH + SHIN) * 0.985 + 0.012 * speed * math.cos(4 * math.pi * phase))
    neck = shoulder(hip, 0.05 * speed)
    for side in (0.0, 0.5):
        turned = (phase + side) % 1.0
        if turned < 0.6:  # a foot on the ground stays in place while the body passes over it
            x, lift = STRIDE * (0.3 - turned), 0.0
            sole = 0.5 * max(turned - 0.45, 0.0) / 0.15
        else:
            swing = (turned - 0.6) / 0.4
            ease = swing * swing * (3 - 2 * swing)
            x, lift = STRIDE * (-0.3 + 0.6 * ease), 0.07 * math.sin(math.pi * swing)
            sole = 0.5 * (1 - swing) - 0.25 * math.sin(math.pi * swing)
        feet.append((x * speed, -ANKLE - (lift + 0.03 * max(sole, 0.0)) * speed))
        soles.append(sole * speed)
        arm = -0.5 * speed * math.cos(2 * math.pi * (phase + side - 0.05)) + 0.06
        hands.append((neck[0] + 0.305 * math.sin(arm) + 0.012, neck[1] + 0.03 + 0.305 * math.cos(arm)))
    swing = 0.06 * speed * math.sin(4 * math.pi * phase)
    return Stance(
        hip, 0.05 * speed, (feet[0], feet[1]), (soles[0], soles[1]), (hands[0], hands[1]), 0.02, swing
    )


class Figure:
    """A dressed person, painted for one resolution.

    Args:
        seed: the seed of skin, hair and clothes.
        resolution: pixels a body height.
        facing: +1 looks right, -1 left; it sets only the light; `root` does the mirroring.
        coat: length of a skirt below the hips, in body heights; 0 for none.
        outfit: (coat, trousers) colours instead of seeded ones.
    """

    def __init__(
        self,
        seed: int,
        resolution: float,
        facing: int = 1,
        coat: float = 0.0,
        outfit: tuple[Colour, Colour] | None = None,
    ) -> None:
        """Paint the parts."""
        self.coat = coat
        self._parts = dress(seed, resolution, facing, coat, outfit)

    def layers(self, stance: Stance, root: Affine) -> list[Layer]:
        """Return the figure's layers in `stance`, back to front; `root` maps body heights to the frame."""
        hip = stance.hip
        neck = shoulder(hip, stance.lean)
        arm = neck[0] - 0.045 * math.sin(stance.lean), neck[1] + 0.045 * math.cos(stance.lean)
        poses: list[tuple[str, Affine]] = []
        for near in (1, 0):
            prefix = "" if near == 0 else "far "
            bend, hand = joint(arm, stance.hands[near], UPPER_ARM, FOREARM, -1.0)  # elbows hang
            limb = [(prefix + "upper", bone(arm, bend)), (prefix + "fore", bone(bend, hand))]
            knee, ankle = joint(hip, stance.feet[near], THIGH, SHIN, 1.0)
            leg = [
                (prefix + "foot", Affine(tx=ankle[0], ty=ankle[1]) @ turn(stance.soles[near])),
                (prefix + "shin", bone(knee, ankle)),
                (prefix + "thigh", bone(hip, knee)),
            ]
            if near == 1:
                poses += limb + leg
                continue
            poses += leg
            poses.append(("head", Affine(tx=neck[0], ty=neck[1]) @ turn(stance.nod)))
            poses.append(("trunk", bone(neck, hip)))
            if self.coat:
                poses.append(("skirt", Affine(tx=hip[0], ty=hip[1]) @ turn(0.4 * stance.lean - stance.swing)))
            if stance.stick is not None:
                tip = hand[0] + math.cos(stance.stick), hand[1] - math.sin(stance.stick)
                poses.append(("stick", bone(hand, tip) @ Affine(ty=-0.045)))
            poses += limb
        return [Layer(self._parts[name], root @ pose) for name, pose in poses]
