"""What the first surfaces of a picture are, and what shines through glass: by rays of our own, without any light."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from wesam_packshot.studio.product import Material
from wesam_packshot.studio.scene import renderer

Floats = NDArray[np.float32]

# Rays a side of a pixel: for its features, and for the coverage where it is not all or nothing. 36 rays tell the
# coverage to about 2 %.
COARSE, FINE = 2, 6
# Surfaces that a ray through glass passes at most; a bottle with its liquid has eight.
SURFACES = 12


@dataclass(frozen=True)
class Primary:
    """First surfaces.

    Attributes:
        coverage: share of each pixel that the product covers, (height, width).
        glass: share that its glass parts cover.
        guides: albedo (3), normal (3), depth (1), (height, width, 7).
    """

    coverage: Floats
    glass: Floats
    guides: Floats


class Shapes:
    """What a Mitsuba scene's shapes are, looked up per ray.

    Args:
        scene: with one shape per material.
        product, stage: the shapes and their materials.
    """

    def __init__(self, product: Sequence[tuple[Any, Material]], stage: Sequence[Any]) -> None:
        mi, dr = renderer()
        numbered: list[tuple[int, int, Material | None]] = [
            (self._number(shape), 1, material) for shape, material in product
        ]
        numbered += [(self._number(shape), 2, None) for shape in stage]
        table = np.zeros((max(number for number, *_ in numbered) + 1, 5), np.float32)
        for number, kind, material in numbered:
            tint, ior = (material.colour, material.ior) if material is not None else ((1.0, 1.0, 1.0), 0.0)
            table[number] = [kind, ior, *tint]
        self.columns = [mi.Float(np.ascontiguousarray(column)) for column in table.T]
        dr.eval(self.columns)

    @staticmethod
    def _number(shape: Any) -> int:
        mi, dr = renderer()
        return int(dr.reinterpret_array(mi.UInt32, mi.ShapePtr(shape))[0])

    def of(self, surface: Any, active: Any) -> tuple[Any, Any, Any, Any]:
        """Whether each ray has hit the product, and the stage; the index of refraction (0: opaque); the tint."""
        mi, dr = renderer()
        index = dr.reinterpret_array(mi.UInt32, surface.shape)
        hit = active & surface.is_valid()
        kind, ior, *tint = (dr.gather(mi.Float, column, index, hit) for column in self.columns)
        return hit & (kind == 1), hit & (kind == 2), ior, mi.Color3f(*tint)


def first_surfaces(scene: Any, shapes: Shapes) -> Primary:
    """Rays through every pixel, and more of them where the product's outline is."""
    width, height = (int(length) for length in scene.sensors()[0].film().size())
    coarse = _traced(scene, shapes, np.arange(height * width), COARSE)
    shares = coarse[:, :2].reshape(height, width, 2).copy()
    low, high = (extreme(shares, (3, 3, 1)) for extreme in (minimum_filter, maximum_filter))
    edge = np.flatnonzero((low != high).any(-1))
    if len(edge):
        shares.reshape(-1, 2)[edge] = _traced(scene, shapes, edge, FINE)[:, :2]
    return Primary(shares[..., 0], shares[..., 1], coarse[:, 2:].reshape(height, width, 7))


def transmission(scene: Any, shapes: Shapes, pixels: NDArray[np.bool_]) -> Floats:
    """Share of the stage's light that reaches the camera through glass, refracted, (height, width, 3); 0 off `pixels`.

    At each surface what is not reflected (Fresnel) goes on, tinted; opaque parts let nothing through. This is the
    difference between a white and a black backdrop, where the glass mirrors neither.
    """
    found = np.zeros((*pixels.shape, 3), np.float32)
    chosen = np.flatnonzero(pixels)
    if len(chosen):
        found.reshape(-1, 3)[chosen] = _through(scene, shapes, chosen)
    return found


def _rays(scene: Any, pixels: NDArray[np.int64], side: int) -> Any:
    """Rays through the centres of side x side cells of each pixel, pixel by pixel."""
    mi, _ = renderer()
    sensor = scene.sensors()[0]
    width, height = (int(length) for length in sensor.film().size())
    rows, columns = np.divmod(pixels, width)
    within = (np.arange(side) + 0.5) / side
    x = (columns[:, None, None] + within[None, None, :]) / width
    y = (rows[:, None, None] + within[None, :, None]) / height
    across, down = (np.ascontiguousarray(part, np.float32).ravel() for part in np.broadcast_arrays(x, y))
    ray, _ = sensor.sample_ray(0.0, 0.5, mi.Point2f(mi.Float(across), mi.Float(down)), mi.Point2f(0.5))
    return mi.Ray3f(ray)


def _traced(scene: Any, shapes: Shapes, pixels: NDArray[np.int64], side: int) -> Floats:
    """Coverage, that of glass, and features, (pixels, 9)."""
    mi, dr = renderer()
    surface = scene.ray_intersect(_rays(scene, pixels, side))
    product, stage, ior, _ = shapes.of(surface, mi.Bool(True))
    hit = product | stage
    albedo = surface.bsdf().eval_diffuse_reflectance(surface, hit)
    values = [product, product & (ior > 0)]
    columns = [dr.select(value, mi.Float(1), 0) for value in values]
    columns += [dr.select(hit, value, 0) for value in (*albedo, *surface.sh_frame.n, surface.t)]
    dr.eval(columns)
    stacked = np.stack([np.array(column) for column in columns], -1)
    mean: Floats = stacked.reshape(len(pixels), side * side, -1).mean(1)
    return mean


def _through(scene: Any, shapes: Shapes, pixels: NDArray[np.int64]) -> Floats:
    """Tinted light of the stage that arrives, (pixels, 3)."""
    mi, dr = renderer()
    ray = _rays(scene, pixels, COARSE)
    weight, arrived = mi.Color3f(1.0), mi.Color3f(0.0)
    active = dr.full(mi.Bool, True, len(pixels) * COARSE**2)
    dr.make_opaque(weight, arrived)
    for _ in range(SURFACES):
        surface = scene.ray_intersect(ray, active)
        _, stage, ior, tint = shapes.of(surface, active)
        arrived = dr.select(stage, weight, arrived)
        active = active & surface.is_valid() & (ior > 0)
        cosine = surface.wi.z
        reflected, passed, _, back = mi.fresnel(cosine, dr.maximum(ior, 1.0))
        total = reflected > 0.999
        local = dr.select(total, mi.reflect(surface.wi), mi.refract(surface.wi, passed, back))
        weight = dr.select(active & ~total, weight * (1 - reflected) * tint, weight)
        ray = surface.spawn_ray(surface.to_world(local))
        dr.eval(ray, weight, arrived, active)
    stacked = np.stack([np.array(channel) for channel in arrived], -1)
    mean: Floats = stacked.reshape(len(pixels), COARSE**2, 3).mean(1)
    return mean
