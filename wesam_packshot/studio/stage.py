"""Where products are photographed: sweeps, tables with a horizon, walls, and their finishes.

Lengths are in radii of the product's bounding sphere, z up, the camera on the side of -y.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.product import Material, Part, Pose, Texture

T = TypeVar("T")
Finish = Literal["matte", "satin", "mirror"]
Ground = Literal["white", "grey", "black", "coloured", "graded"]

FINISHES: tuple[tuple[Finish, float], ...] = (("matte", 0.56), ("satin", 0.22), ("mirror", 0.22))
GROUNDS: tuple[tuple[Ground, float], ...] = (
    ("white", 0.52), ("grey", 0.2), ("black", 0.06), ("coloured", 0.14), ("graded", 0.08),
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A backdrop.

    Attributes:
        kind: "sweep", "table" or "wall".
        finish: of the surface that the product stands on.
        parts: its meshes; the first is the surface that the product stands on or hangs before.
        level: mean reflectance of the backdrop, linear, 0 to 1: what the exposure follows.
    """

    kind: str
    finish: Finish
    ground: Ground
    parts: tuple[Part, ...]
    level: float


def draw_stage(rng: np.random.Generator, pose: Pose, white: bool) -> Stage:
    """A backdrop for a product in a pose.

    Args:
        white: the product is white; four of five of these are photographed on white.
    """
    finish = pick(rng, FINISHES) if pose != "hanging" else "matte"
    ground = "white" if white and rng.random() < 0.8 else pick(rng, GROUNDS)
    surface = _surface(rng, ground, finish)
    # what mirrors is a sheet of acrylic with its edge behind the product, or a table; paper sweeps are satin at most
    horizon = {"matte": 0.25, "satin": 0.6, "mirror": 1.0}[finish]
    if pose == "hanging":
        kind, meshes = "wall", [_wall(rng.uniform(0.05, 1.2))]
    elif rng.random() < horizon:
        kind, meshes = "table", [_table(rng), _wall(rng.uniform(3, 8))]
    else:
        kind, meshes = "sweep", [_sweep(rng.uniform(2, 6), rng.uniform(0.5, 2.5))]
    behind = surface if rng.random() < 0.5 else _surface(rng, pick(rng, GROUNDS), "matte")
    parts = [Part(meshes[0], surface, "front" if pose == "hanging" else "box")]
    parts += [Part(mesh, behind, "front") for mesh in meshes[1:]]
    return Stage(kind, finish, ground, tuple(parts), _level(surface))


def mirror_only(stage: Stage) -> tuple[Part, ...]:
    """The stage with its diffuse reflection taken away: what is left is the mirror image on it."""
    surfaces = (replace(part.material, colour=(0.0, 0.0, 0.0), texture=None) for part in stage.parts)
    return tuple(replace(part, material=own) for part, own in zip(stage.parts, surfaces, strict=True))


def _surface(rng: np.random.Generator, ground: Ground, finish: Finish) -> Material:
    level = {"white": rng.uniform(0.72, 0.9), "grey": rng.uniform(0.12, 0.6), "black": rng.uniform(0.008, 0.04)}
    hue = materials.colour(rng)
    picture = _gradient(rng) if ground == "graded" else None
    if ground == "coloured":
        pale = rng.uniform(0, 0.7)
        colour = (hue[0] + (0.8 - hue[0]) * pale, hue[1] + (0.8 - hue[1]) * pale, hue[2] + (0.8 - hue[2]) * pale)
    else:
        grey, warm = level.get(ground, 0.6), rng.uniform(0.96, 1.0)
        colour = (grey, grey * (1 + warm) / 2, grey * warm)
    rough = {"matte": rng.uniform(0.6, 1), "satin": rng.uniform(0.16, 0.4), "mirror": rng.uniform(0.01, 0.07)}[finish]
    # acrylic and glass: index of refraction 1.5, more for coated floors
    strength = {"matte": 0.15, "satin": rng.uniform(0.3, 0.8), "mirror": rng.uniform(0.35, 1.0)}[finish]
    return Material(colour, picture, 0.04, rough, specular=strength)


def _gradient(rng: np.random.Generator) -> Texture:
    """From one colour to another, across the wall or the floor, (256, 256, 3)."""
    first, second = (np.array(materials.colour(rng)) ** (1 / 2.2) for _ in range(2))
    if rng.random() < 0.6:  # greys are what shops use
        first, second = (np.full(3, rng.uniform(0.2, 0.95)) for _ in range(2))
    x, y = np.meshgrid(np.linspace(-1, 1, 256), np.linspace(-1, 1, 256))
    spread = np.hypot(x, y) if rng.random() < 0.5 else np.abs(x * rng.uniform(-1, 1) + y)
    mixed = first + (second - first) * spread.clip(0, 1)[..., None]
    return np.asarray((mixed * 255).clip(0, 255), np.uint8)


def _level(material: Material) -> float:
    if material.texture is None:
        return float(np.mean(material.colour))
    return float((material.texture / 255.0).mean() ** 2.2)


def _sweep(behind: float, radius: float) -> trimesh.Trimesh:
    """Paper that runs from the floor up the wall in a quarter circle, starting `behind` the product."""
    angles = np.linspace(0, np.pi / 2, 24)
    bend = np.stack([behind + radius * np.sin(angles), radius * (1 - np.cos(angles))], 1)
    profile = np.concatenate([[[-40, 0]], bend, [[behind + radius, 40]]])
    across = np.array([-40.0, 40.0])
    grid = np.array([[x, y, z] for y, z in profile for x in across])
    return shapes.grid(grid, len(profile), 2)


def _table(rng: np.random.Generator) -> trimesh.Trimesh:
    depth = rng.uniform(2.5, 6)
    return shapes.moved(shapes.box((40, 40, 0.1)), (0, depth / 2 + 1 - 20, -0.05))


def _wall(behind: float) -> trimesh.Trimesh:
    corners = np.array([[-40, behind, -40], [40, behind, -40], [-40, behind, 40], [40, behind, 40]], float)
    return shapes.grid(corners, 2, 2)


def pick(rng: np.random.Generator, choices: Sequence[tuple[T, float]]) -> T:
    """One of the choices, each drawn as often as its weight says."""
    weights = np.array([weight for _, weight in choices])
    return choices[int(rng.choice(len(choices), p=weights / weights.sum()))][0]
