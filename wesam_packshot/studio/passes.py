"""The passes of a picture: what the camera sees, and what truth is computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wesam_packshot.studio.camera import View
from wesam_packshot.studio.lights import Lighting
from wesam_packshot.studio.primary import Primary, Shapes, first_surfaces, transmission
from wesam_packshot.studio.product import Part, Product
from wesam_packshot.studio.scene import Dict, material, mesh, renderer
from wesam_packshot.studio.stage import Stage, mirror_only

Floats = NDArray[np.float32]

# Paths end after so many surfaces: through both walls of a glass, to the backdrop, and to the light.
DEPTH = 8
# From here on paths end by chance (Russian roulette).
ROULETTE = 5
SHINES: Dict = {"type": "area", "radiance": {"type": "rgb", "value": 1.0}}


@dataclass(frozen=True)
class Setup:
    """Everything that is in front of the camera, and the camera."""

    product: Product
    stage: Stage
    lighting: Lighting
    view: View
    seed: int


def lit(setup: Setup, samples: int, shrink: int = 1, empty: bool = False) -> Floats:
    """Radiance of the photo itself, or of the studio without the product, (height, width, 3).

    Args:
        samples: paths per pixel.
        shrink: render at a fraction of the size.
    """
    parts = setup.stage.parts if empty else (*setup.product.parts, *setup.stage.parts)
    plugins: Dict = {f"part{number}": _plain(part) for number, part in enumerate(parts)}
    plugins |= {f"lamp{number}": lamp for number, lamp in enumerate(_lamps(setup.lighting))}
    plugins["ambient"] = {"type": "constant", "radiance": {"type": "rgb", "value": setup.lighting.ambient}}
    path = {"type": "path", "max_depth": DEPTH, "rr_depth": ROULETTE, "hide_emitters": True}
    return _render(setup, plugins, path, samples, shrink)


def surfaces(setup: Setup) -> tuple[Primary, Floats]:
    """First surfaces, and the share of the backdrop's light that comes through the glass, (height, width, 3)."""
    product = [_plain(part) for part in setup.product.parts]
    stage = [_plain(part) for part in setup.stage.parts]
    scene = _scene(setup, {f"part{number}": shape for number, shape in enumerate(product + stage)}, {"type": "depth"})
    materials = [part.material for part in setup.product.parts]
    known = Shapes(list(zip(product, materials, strict=True)), stage)
    primary = first_surfaces(scene, known)
    return primary, transmission(scene, known, primary.glass > 0)


def mirrored(setup: Setup, samples: int, shrink: int) -> Floats:
    """Share of the light of each pixel that the floor's gloss sends from the product, were it white, (height, width).

    The product alone shines, and the stage has only its mirror-like reflection.
    """
    plugins: Dict = {f"part{number}": _shining(part) for number, part in enumerate(setup.product.parts)}
    plugins |= {f"stage{number}": _plain(part) for number, part in enumerate(mirror_only(setup.stage))}
    return _render(setup, plugins, {"type": "path", "max_depth": 2}, samples, shrink)[..., 0]


def _render(setup: Setup, plugins: Dict, integrator: Dict, samples: int, shrink: int = 1) -> Floats:
    mi, _ = renderer()
    pixels = mi.render(_scene(setup, plugins, integrator, shrink), spp=samples, seed=setup.seed % 2**32)
    return np.array(pixels, np.float32)


def _scene(setup: Setup, plugins: Dict, integrator: Dict, shrink: int = 1) -> Any:
    mi, _ = renderer()
    sensor = _sensor(setup.view, shrink)
    return mi.load_dict({"type": "scene", "integrator": integrator, "sensor": sensor} | plugins)


def _sensor(view: View, shrink: int) -> Dict:
    mi, _ = renderer()
    height, width = (max(1, round(length / shrink)) for length in view.size)
    film = {"type": "hdrfilm", "width": width, "height": height, "rfilter": {"type": "box"}, "pixel_format": "rgb"}
    pose = mi.ScalarTransform4f().look_at(list(view.origin), list(view.target), list(view.up))
    facts = {"fov": view.fov, "fov_axis": "larger", "to_world": pose, "near_clip": 0.01, "film": film}
    return {"type": "perspective", "sampler": {"type": "independent"}} | facts


def _plain(part: Part) -> Any:
    return mesh(part.mesh, part.mapping, {"bsdf": material(part.material)})


def _shining(part: Part) -> Any:
    return mesh(part.mesh, part.mapping, {"bsdf": {"type": "diffuse"}, "emitter": SHINES})


def _lamps(lighting: Lighting) -> Sequence[Dict]:
    mi, _ = renderer()
    found = []
    for lamp in lighting.lamps:
        pose = mi.ScalarTransform4f().look_at(list(lamp.at), [0, 0, 0], [0.01, 0, 1])
        pose = pose @ mi.ScalarTransform4f().scale([lamp.size[0] / 2, lamp.size[1] / 2, 1])
        light = {"type": "rgb", "value": [lamp.radiance * tint for tint in lamp.tint]}
        found.append({"type": "rectangle", "to_world": pose, "emitter": {"type": "area", "radiance": light}})
    return found
