"""A product, its studio and its camera as scenes for the path tracer Mitsuba 3 (BSD), for each pass.

Every scene has a surface of each kind, a hidden one where the product has none, so that all scenes run the same
compiled code: Dr.Jit compiles a kernel for each new mixture, which would take seconds per picture.
"""

from functools import cache
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from wesam_packshot.errors import UserError, first_line
from wesam_packshot.studio.product import Mapping, Material

Dict = dict[str, Any]
# LLVM 15 lacks instructions that Dr.Jit 1.5 asks for, and aborts (measured); 16 is the oldest that it names.
OLDEST_LLVM = 16
# Edges between faces at more than this angle stay sharp, others are shaded smoothly. Blender's convention.
SHARP = np.radians(30)


@cache
def renderer() -> tuple[Any, Any]:
    """Mitsuba, set to its vectorised variant and one thread, and the compiler below it, Dr.Jit.

    One thread adds up in one order, so that a picture's bytes can be made again; several pictures at a time are
    several processes.

    Raises:
        UserError: when the extra or LLVM is missing.
    """
    try:
        import drjit
        import mitsuba

        mitsuba.set_variant("llvm_ad_rgb")
        drjit.set_thread_count(1)
        version = drjit.detail.llvm_version()
        if version[0] < OLDEST_LLVM:  # it would end the process, not raise
            raise RuntimeError(f"LLVM {version[0]} was found")
        drjit.eval(mitsuba.Float(0) + 1)
    except ImportError as error:
        raise UserError(f"{error.name} is missing; install the extra: pip install 'wesam-packshot[render]'") from error
    except Exception as error:
        needed = f"rendering needs LLVM {OLDEST_LLVM} or newer ({first_line(error)})"
        raise UserError(f"{needed}; on Debian and Ubuntu: apt install libllvm19") from error
    return mitsuba, drjit


def material(of: Material) -> Dict:
    """A surface as a Mitsuba plugin; seen from both sides, unless it is glass."""
    mi, _ = renderer()
    if of.ior:
        tint = {"type": "rgb", "value": list(of.colour)}
        return {"type": "dielectric", "int_ior": of.ior, "ext_ior": 1.0, "specular_transmittance": tint}
    # linear pictures of one kind, also for plain colours: another kind would be another kernel
    pixels = np.full((1, 1, 3), of.colour) if of.texture is None else (of.texture / 255.0) ** 2.2
    bitmap = mi.Bitmap(np.ascontiguousarray(pixels[::-1], np.float32))
    repeats = mi.ScalarTransform4f().scale([of.repeats, of.repeats, 1])
    base = {"type": "bitmap", "bitmap": bitmap, "raw": True, "to_uv": repeats}
    facts = {"roughness": of.roughness, "metallic": of.metallic, "specular": of.specular, "clearcoat": of.clearcoat}
    return {"type": "twosided", "bsdf": {"type": "principled", "base_color": base, "clearcoat_gloss": 0.9} | facts}


def mesh(of: trimesh.Trimesh, mapping: Mapping, plugins: Dict) -> Any:
    """A mesh with smooth normals, up to sharp edges, and texture coordinates.

    Args:
        plugins: its "bsdf", and perhaps an "emitter", as Mitsuba dictionaries.
    """
    mi, _ = renderer()
    vertices, normals, faces = shaded(of)
    uv = texture_coordinates(vertices, normals, mapping)
    props = mi.Properties()
    for name, plugin in plugins.items():
        props[name] = mi.load_dict(plugin)
    made = mi.Mesh("part", len(vertices), len(faces), has_vertex_normals=True, has_vertex_texcoords=True, props=props)
    params = mi.traverse(made)
    params["vertex_positions"] = mi.Float(vertices.ravel().astype(np.float32))
    params["vertex_normals"] = mi.Float(normals.ravel().astype(np.float32))
    params["vertex_texcoords"] = mi.Float(uv.ravel().astype(np.float32))
    params["faces"] = mi.UInt32(faces.ravel().astype(np.uint32))
    params.update()
    return made


def shaded(of: trimesh.Trimesh) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Vertices, their normals, and faces, with vertices doubled along sharp edges."""
    split = trimesh.graph.smooth_shade(of, angle=SHARP)
    return np.asarray(split.vertices), np.asarray(split.vertex_normals), np.asarray(split.faces)


def texture_coordinates(
    vertices: NDArray[np.float64], normals: NDArray[np.float64], mapping: Mapping
) -> NDArray[np.float64]:
    """Texture coordinates (count, 2) of a mesh; v runs up, along z."""
    x, y, z = vertices.T
    if mapping == "box":
        axis = np.abs(normals).argmax(1)
        return np.stack([np.choose(axis, [y, x, x]), np.choose(axis, [z, z, y])], 1)
    low, high = vertices.min(0), vertices.max(0)
    size = (high - low).clip(min=1e-9)
    up = (z - low[2]) / size[2]
    if mapping == "front":
        return np.stack([(x - low[0]) / size[0], up], 1)
    return np.stack([np.arctan2(x, -y) / (2 * np.pi) + 0.5, up], 1)
