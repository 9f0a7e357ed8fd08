"""The truth of rendered pictures against geometry: a sphere and a box on a plane."""

from functools import cache

import numpy as np
import pytest

pytest.importorskip("mitsuba", reason="the extra `render` is not installed")

from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion

from tests.studio import geometry
from wesam_packshot.errors import UserError
from wesam_packshot.studio import scene
from wesam_packshot.studio.camera import View
from wesam_packshot.studio.lights import Lamp, Lighting
from wesam_packshot.studio.passes import Setup
from wesam_packshot.studio.picture import render_passes
from wesam_packshot.studio.product import Material, Part, Product, product
from wesam_packshot.studio.shapes import box, sphere
from wesam_packshot.studio.stage import Finish, Stage
from wesam_packshot.studio.truth import Truth

Mask = NDArray[np.bool_]
VIEW = View((0.6, -5.0, 2.4), (0.0, 0.0, 0.4), (0.0, 0.0, 1.0), 36.0, (240, 320))
LAMP = (-5.0, -3.0, 7.0)
BLACK = Material((0.02, 0.02, 0.02), roughness=1.0, specular=0.0)
BALL = product([Part(sphere(0.7, (0, 0, 0.7), steps=96), BLACK)])
BOX = product([Part(box((1.2, 0.8, 1.0), (0, 0, 0.5)), BLACK)])
SHAPES = {
    "ball": (BALL, geometry.ball((0, 0, 0.7), 0.7)),
    "box": (BOX, geometry.block((-0.6, -0.4, 0.0), (0.6, 0.4, 1.0))),
}
SAMPLES = 24
# Share of a region that so few samples may put to the wrong side.
NOISE = 0.003


@pytest.fixture(autouse=True, scope="module")
def llvm() -> None:
    try:
        scene.renderer()
    except UserError as error:
        pytest.skip(str(error))


@cache
def truth_of(shown: Product, finish: Finish) -> Truth:
    """The product on an endless floor, white paper or black acrylic, under one lamp."""
    white = Material((0.8, 0.8, 0.8), roughness=1.0, specular=0.0)
    acrylic = Material((0.3, 0.3, 0.3), roughness=0.01, specular=1.0)
    floor = Part(box((80, 80, 0.1), (0, 0, -0.05)), white if finish == "matte" else acrylic)
    stage = Stage("table", finish, "white", (floor,), 0.8)
    lighting = Lighting("flash", (Lamp(LAMP, (0.05, 0.05), 1.0),), 0.001 if finish == "matte" else 1.0)
    return render_passes(Setup(shown, stage, lighting, VIEW, 7), SAMPLES)[2]


def farther_than_a_pixel(one: Mask, other: Mask) -> float:
    """Pixels in which the masks differ by more than one pixel's breadth, as a share of the masks."""
    near = np.ones((3, 3), bool)
    apart = (one & ~binary_dilation(other, near)) | (other & ~binary_dilation(one, near))
    return float(apart.sum() / (one | other).sum())


@pytest.mark.parametrize("name", SHAPES)
def test_coverage_is_the_geometry_s(name: str) -> None:
    shown, hit = SHAPES[name]
    difference = np.abs(truth_of(shown, "matte").alpha - geometry.coverage(VIEW, hit))
    assert difference.max() < 0.15 and difference.mean() < 0.002


@pytest.mark.parametrize("name", SHAPES)
def test_a_hard_shadow_lies_where_the_lamp_is_hidden(name: str) -> None:
    shown, hit = SHAPES[name]
    covered = geometry.coverage(VIEW, hit) > 0
    expected = geometry.shadow(VIEW, hit, LAMP) & ~covered
    found = truth_of(shown, "matte").shadow
    # next to the product its own ambient shadow is found as well
    beside = binary_dilation(covered, np.ones((3, 3), bool), iterations=8)
    assert expected.sum() > 2000
    assert farther_than_a_pixel(found & ~beside, expected & ~beside) < NOISE


@pytest.mark.parametrize("name", SHAPES)
def test_a_mirror_image_is_where_rays_bounce_to_the_product(name: str) -> None:
    shown, hit = SHAPES[name]
    expected = geometry.mirror_image(VIEW, hit) & ~(geometry.coverage(VIEW, hit) > 0)
    found = truth_of(shown, "mirror").reflection
    assert expected.sum() > 2000
    assert farther_than_a_pixel(found, expected) < NOISE


def test_layers_do_not_overlap() -> None:
    truth = truth_of(BALL, "mirror")
    assert not (truth.shadow & truth.reflection).any()
    assert not ((truth.shadow | truth.reflection) & (truth.alpha > 0)).any()
    assert not truth.transparency.any()


def test_glass_is_covered_and_lets_light_through() -> None:
    glass = product([Part(part.mesh, Material((0.9, 0.9, 0.9), ior=1.5)) for part in BALL.parts])
    truth = truth_of(glass, "matte")
    inside = binary_erosion(truth.mask, iterations=4)
    # a surface reflects 4 % of what meets it straight on (Fresnel, n = 1.5), and the tint of 0.9 acts at both
    straight = (1 - 0.04) ** 2 * 0.9**2
    assert np.allclose(truth.alpha, truth_of(BALL, "matte").alpha)
    assert abs(np.median(truth.transparency[inside]) - straight) < 0.05
