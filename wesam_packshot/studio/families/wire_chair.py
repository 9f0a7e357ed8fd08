"""Chairs whose seat is a net of wire, and bent-wood or bistro chairs with hoops."""

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    both_sides,
    finish,
    lathe,
    one_of,
    oval,
    rounded,
    upright,
    wires,
)
from wesam_packshot.studio.product import Part

SEAT = 0.45


def wire_chair(rng: Rng) -> tuple[list[Part], list[str]]:
    """Chairs of wire: a net, or a hoop with bars."""
    return (_net, _hoop)[int(rng.integers(2))](rng)


def _net(rng: Rng) -> tuple[list[Part], list[str]]:
    """A bucket of wires both ways, on bent rods."""
    coat, thin = finish(rng), rng.uniform(0.0025, 0.004)
    wide, high, curl = rng.uniform(0.22, 0.3), rng.uniform(0.3, 0.42), rng.uniform(0.02, 0.16)
    side = shapes.curve(
        [
            [0, -0.25, SEAT - 0.02],
            [0, -0.1, SEAT],
            [0, 0.1, SEAT - 0.01],
            [0, 0.2, SEAT + 0.08],
            [0, 0.26, SEAT + high],
        ],
        40,
    )
    t = np.linspace(-1, 1, 31)
    rows = [
        np.stack([wide * t, line[1] - curl * t**2 * n / 39, line[2] + curl * t**2], 1) for n, line in enumerate(side)
    ]
    net = np.array(rows)
    across = [net[n] for n in np.linspace(1, 38, int(rng.integers(9, 16))).astype(int)]
    along = [net[:, n] for n in np.linspace(1, 29, int(rng.integers(9, 16))).astype(int)]
    rim = rounded(np.concatenate([net[0], net[1:, -1], net[-1, -2::-1], net[-2:0:-1, 0]])[::2], 0.02, closed=True)
    frame = [wires([*across, *along], thin, sides=6), shapes.tube(rim, thin * 2, closed=True)]
    spread, foot = wide * 0.85, rng.uniform(0.2, 0.26)
    loop = [
        [spread * 0.7, -0.12, SEAT - 0.005],
        [spread, -foot, 0],
        [spread, foot, 0],
        [spread * 0.7, 0.1, SEAT - 0.01],
    ]
    legs = [both_sides(shapes.tube(rounded(loop, 0.04), thin * 2.4))]
    legs += [
        shapes.straight((-spread * 0.75, y, SEAT - 0.005), (spread * 0.75, y, SEAT - 0.005), thin * 2)
        for y in (-0.12, 0.1)
    ]
    parts = [Part(shapes.merge(frame), coat), Part(shapes.merge(legs), coat if rng.random() < 0.7 else finish(rng))]
    if rng.random() < 0.35:
        cushion = shapes.rounded_box((wide * 1.5, 0.36, 0.035), 0.017, (0, -0.03, SEAT + 0.02), steps=4)
        parts.append(Part(cushion, one_of(rng, materials.fabric, materials.leather)))
    return parts, ["thin", "holes"]


def _hoop(rng: Rng) -> tuple[list[Part], list[str]]:
    """A round seat, a hoop for a back with a second within, a ring between the legs."""
    own, thick, radius = one_of(rng, materials.wood, finish, finish), rng.uniform(0.009, 0.015), rng.uniform(0.19, 0.22)
    high, lean = rng.uniform(0.38, 0.48), rng.uniform(0.04, 0.12)
    hoops = []
    for share in (1.0, rng.uniform(0.5, 0.75))[: int(rng.integers(1, 3))]:
        half = oval(radius * 0.95 * share, high * share, rng.uniform(2, 4), 100)
        bow = upright(half[half[:, 1] > -1e-9])
        bow = bow[np.argsort(np.arctan2(bow[:, 2], bow[:, 0]))]
        bow[:, 1] = radius * 0.75 + lean * bow[:, 2] / high - 0.12 * (bow[:, 0] / radius) ** 2 * (1 - bow[:, 2] / high)
        hoops.append(np.add(bow, [0, 0, SEAT]))
    meshes = [wires(hoops, thick)]
    for sx, sy in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        foot = np.array([sx * 0.2, sy * 0.2, 0])
        meshes.append(lathe(foot, (sx * radius * 0.65, sy * radius * 0.65, SEAT), [thick, thick * 1.2]))
    ring = shapes.torus(rng.uniform(0.2, 0.225), thick * 0.7, (0, 0, 0.2), steps=48)
    if rng.random() < 0.7:
        meshes.append(ring)
    seat = shapes.turned([(0, 0), (radius, 0), (radius + 0.008, 0.015), (radius, 0.03), (0, 0.024)])
    cover = one_of(rng, lambda _: own, materials.rattan, materials.leather, materials.wood)
    return [Part(shapes.merge(meshes), own), Part(shapes.moved(seat, (0, 0, SEAT - 0.01)), cover)], ["holes"]
