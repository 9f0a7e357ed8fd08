"""What a family builds: a product of parts, each a mesh of one material.

Frame of a product: z up, standing on z = 0 or hanging above it, its front towards -y; any unit of length, since the
studio scales it. Colours are linear RGB in [0, 1].
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import trimesh
from numpy.typing import NDArray

Colour = tuple[float, float, float]
Texture = NDArray[np.uint8]
# How a texture lies on a mesh: on each face of a box by itself, projected from the front, or around the z axis.
Mapping = Literal["box", "front", "around"]
Pose = Literal["standing", "lying", "hanging"]


@dataclass(frozen=True)
class Material:
    """A surface, in terms of Disney's principled model (Burley 2012) or of smooth glass.

    Attributes:
        colour: base colour, or what glass lets through of each colour at a surface.
        texture: sRGB picture of (rows, columns, 3), uint8, in place of the colour.
        repeats: how often the texture repeats along a unit of length ("box"), or along the whole ("front", "around").
        roughness: 0 is a mirror, 1 is matte.
        metallic: 1 for metals, whose reflections take the colour.
        specular: strength of a dielectric's reflection; 0.5 is an index of refraction of 1.5.
        clearcoat: strength of a glossy layer on top, as of lacquer.
        ior: index of refraction of glass; 0 for everything that light does not pass through.
    """

    colour: Colour = (0.8, 0.8, 0.8)
    texture: Texture | None = None
    repeats: float = 1.0
    roughness: float = 0.5
    metallic: float = 0.0
    specular: float = 0.5
    clearcoat: float = 0.0
    ior: float = 0.0


@dataclass(frozen=True)
class Part:
    """A mesh of one material."""

    mesh: trimesh.Trimesh
    material: Material
    mapping: Mapping = "box"


@dataclass(frozen=True)
class Product:
    """What is photographed.

    Attributes:
        tags: of `TAGS`, where they hold for the whole product: "thin", "holes", "metal", "glass", "white".
        pose: how the studio places it: standing on the floor, lying flat (its front up), or hanging before a wall.
    """

    parts: tuple[Part, ...]
    tags: frozenset[str] = frozenset()
    pose: Pose = "standing"

    @property
    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner, (2, 3)."""
        corners = np.array([part.mesh.bounds for part in self.parts])
        return np.stack([corners[:, 0].min(0), corners[:, 1].max(0)])

    def transformed(self, matrix: NDArray[np.float64]) -> "Product":
        """The product moved by a homogeneous matrix (4, 4)."""
        moved = (replace(part, mesh=part.mesh.copy().apply_transform(matrix)) for part in self.parts)
        return replace(self, parts=tuple(moved))


TAGS = frozenset({"thin", "holes", "metal", "glass", "white"})
Build = Callable[[np.random.Generator], Product]


def product(parts: Iterable[Part], *tags: str, pose: Pose = "standing") -> Product:
    """A product of parts; a metal, glass or white one is tagged by the materials of its parts.

    Raises:
        ValueError: for a tag that is none, or a product without parts.
    """
    found = tuple(parts)
    if not found or set(tags) - TAGS:
        raise ValueError(f"a product needs parts, and tags among {sorted(TAGS)}; got {len(found)} parts, {tags}")
    return Product(found, frozenset(tags) | material_tags(found), pose)


def material_tags(parts: Iterable[Part]) -> frozenset[str]:
    """Tags that follow from the materials of at least a quarter of the surface; "white" needs nearly all of it."""
    areas: dict[str, float] = {"metal": 0.0, "glass": 0.0, "white": 0.0}
    total = 0.0
    for part in parts:
        area = float(part.mesh.area)
        total += area
        material = part.material
        areas["metal"] += area * (material.metallic > 0.5)
        areas["glass"] += area * (material.ior > 0)
        areas["white"] += area * (is_white(material))
    shares = {"metal": 0.25, "glass": 0.25, "white": 0.8}
    return frozenset(tag for tag, area in areas.items() if area >= shares[tag] * total)


def is_white(material: Material) -> bool:
    """Whether a surface is as light as a white backdrop: at least 0.6 of the light in every colour."""
    lightest = material.colour if material.texture is None else tuple((material.texture / 255.0).mean((0, 1)) ** 2.2)
    return material.metallic < 0.5 and not material.ior and min(lightest) >= 0.6
