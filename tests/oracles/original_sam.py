"""The original `segment-anything`, small and with random weights."""

from functools import partial

import torch
from jaxtyping import Float
from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer
from torch import Tensor, nn

from wesam_packshot.sam.conversion import official_state
from wesam_packshot.sam.model import IMAGE_SIZE, SegmentAnything


def original_sam(seed: int = 0) -> Sam:
    """A SAM whose ViT has two layers of 32 channels, one windowed and one global; everything else full size."""
    torch.manual_seed(seed)
    sam = Sam(
        image_encoder=ImageEncoderViT(
            depth=2,
            embed_dim=32,
            img_size=1024,
            mlp_ratio=4,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            num_heads=2,
            patch_size=16,
            qkv_bias=True,
            use_rel_pos=True,
            global_attn_indexes=(1,),
            window_size=14,
            out_chans=256,
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=256, image_embedding_size=(64, 64), input_image_size=(1024, 1024), mask_in_chans=16
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=3,
            transformer=TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=2048, num_heads=8),
            transformer_dim=256,
            iou_head_depth=3,
            iou_head_hidden_dim=256,
        ),
    ).eval()
    for name, parameter in sam.named_parameters():
        if "rel_pos" in name or "pos_embed" in name or "norm" in name:
            torch.nn.init.normal_(parameter, mean=1.0 if "norm" in name and "weight" in name else 0.0, std=0.3)
    return sam.requires_grad_(False)


class OurEncoder(nn.Module):
    """Our image encoder where the original has its own: TinyViT is not part of it."""

    img_size = IMAGE_SIZE

    def __init__(self, sam: SegmentAnything) -> None:
        super().__init__()
        self.sam = sam

    def forward(self, images: Float[Tensor, "batch 3 1024 1024"]) -> Float[Tensor, "batch 256 64 64"]:
        return self.sam.encode(images).embedding


def original_around(ours: SegmentAnything) -> Sam:
    """The original with the weights of ours, of which only the image encoder is our code."""
    sam = original_sam()
    state = official_state(ours)
    for part, name in ((sam.prompt_encoder, "prompt_encoder."), (sam.mask_decoder, "mask_decoder.")):
        part.load_state_dict({key.removeprefix(name): state[key] for key in state if key.startswith(name)})
    sam.image_encoder = OurEncoder(ours)
    return sam
