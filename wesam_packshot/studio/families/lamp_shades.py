"""Shades, caps and bulbs of lamps."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    around,
    finish,
    one_of,
    polygon,
    wires,
)
from wesam_packshot.studio.product import Material, Part


def _cloth(rng: Rng) -> Material:
    return one_of(
        rng,
        materials.fabric,
        lambda r: Material(materials.white(r), roughness=0.9),
        materials.white_plastic,
        materials.rattan,
    )


def lamp_shade(rng: Rng, radius: float) -> list[Part]:
    """Open below, around z = 0 at the socket: drum, cone, dome, ball, pleated, a frame of wire, or glass."""
    kind = rng.choice(
        ["drum", "cone", "dome", "ball", "pleats", "wire", "glass"], p=[0.25, 0.15, 0.17, 0.08, 0.13, 0.14, 0.08]
    )
    high, top = radius * rng.uniform(0.8, 1.5), radius * rng.uniform(0.35, 0.7)
    socket = Part(shapes.cylinder(0.05, 0.2, (0, 0, 0.035), 24), one_of(rng, materials.rubber, materials.metal))
    if kind == "ball":
        return [
            socket,
            Part(shapes.sphere(radius * 0.8, (0, 0, radius * 0.6)), Material(materials.white(rng), roughness=0.3)),
        ]
    if kind == "glass":
        bulb = shapes.smooth_profile(
            [0.08, radius * 0.8, radius * 0.75, 0.2 * radius], [0.13, 0.7 * radius, 1.1 * radius, 1.5 * radius]
        )
        inner = _bulb(0.16, 0.55 * radius)
        return [socket, Part(shapes.hollow(bulb, 0.02), materials.glass(rng)), inner]
    if kind == "wire":
        return [socket, _bulb(0.08, 0.6 * high), Part(_wire_shade(rng, radius, high), finish(rng))]
    low = {"drum": radius, "pleats": radius}.get(str(kind), radius * 1.1)
    upper = {"drum": radius * rng.uniform(0.8, 1.0)}.get(str(kind), top)
    side = [(low, -0.3 * high), ((low + upper) / 2, 0.2 * high), (upper, 0.7 * high)]
    if kind == "dome":
        side = [(low, -0.2 * high), (low * 0.93, 0.25 * high), (low * 0.55, 0.62 * high), (0.06, 0.75 * high)]
    outside = shapes.smooth_profile([p[0] for p in side], [p[1] for p in side], 24)
    cover = shapes.turned(np.concatenate([outside, (outside - [0.015, 0])[::-1], outside[:1]]), 96)
    if kind == "pleats":
        cover.vertices[:, :2] *= (1 + 0.02 * np.cos(48 * np.arctan2(cover.vertices[:, 1], cover.vertices[:, 0])))[
            :, None
        ]
    spokes = [
        np.array([[*end, 0.62 * high], [0, 0, 0.62 * high]])
        for end in polygon(3, float(np.interp(0.62 * high, outside[:, 1], outside[:, 0])))
    ]
    stem = [wires(spokes, 0.01), shapes.straight((0, 0, 0), (0, 0, 0.72 * high), 0.014)]
    own = finish(rng) if kind == "dome" or rng.random() < 0.2 else _cloth(rng)
    return [socket, _bulb(0.08, 0.5 * high), Part(cover, own), Part(shapes.merge(stem), materials.metal(rng))]


def _bulb(base: float, size: float) -> Part:
    """Upright from z = base, `size` high; downward for a negative size."""
    profile = shapes.smooth_profile([0, 0.12, 0.3, 0.22, 0.0], [0, 0.12, 0.66, 0.9, 1.0])
    body = shapes.moved(shapes.scaled(shapes.turned(profile, 32), (abs(size), abs(size), size)), (0, 0, base))
    return Part(body, Material((0.9, 0.88, 0.8), roughness=0.2, clearcoat=1.0))


def _wire_shade(rng: Rng, radius: float, high: float) -> trimesh.Trimesh:
    """Meridians or a net, as of a factory lamp."""
    radii = [0.1, radius * rng.uniform(0.5, 0.9), radius, radius * rng.uniform(0.3, 0.9)][::-1]
    line = shapes.smooth_profile(radii, [-0.3 * high, 0.1 * high, 0.5 * high, 0.9 * high], 24)
    turn = rng.choice([0.0, rng.uniform(0.2, 1.0)]) * np.linspace(0, 1, 24)
    rib = np.stack([line[:, 0] * np.cos(turn), line[:, 0] * np.sin(turn), line[:, 1]], 1)
    thin = rng.uniform(0.008, 0.014)
    count = int(rng.integers(6, 20))
    meshes = [around(shapes.tube(rib, thin, sides=6), count)]
    if turn[-1]:
        meshes.append(around(shapes.tube(rib * [1, -1, 1], thin, sides=6), count))
    meshes += [shapes.torus(line[n, 0], thin * 1.3, (0, 0, line[n, 1])) for n in (0, 12, 23)]
    return shapes.merge(
        [
            *meshes,
            shapes.straight((0, 0, 0), (0, 0, 0.9 * high), 0.012),
            shapes.cylinder(0.11, 0.02, (0, 0, 0.9 * high)),
        ]
    )


def lamp_cap(rng: Rng, radius: float) -> list[Part]:
    """A metal cap with its top at the origin, and the bulb below."""
    high = radius * rng.uniform(0.7, 1.1)
    outside = shapes.smooth_profile(
        [radius, radius * 0.92, radius * 0.5, 0.05, 0.05], [-high, -0.55 * high, -0.2 * high, -0.1 * high, 0], 30
    )
    cap = shapes.turned(
        np.concatenate(
            [
                outside,
                [[0, 0]],
                [[0, -0.14 * high]],
                (outside[:24] - [0.015, 0.01]).clip([0, -9], None)[::-1],
                outside[:1],
            ]
        )
    )
    return [Part(cap, finish(rng)), _bulb(-0.12 * high, -0.8 * min(high, 1.2 * radius))]
