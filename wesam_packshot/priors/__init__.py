"""What colour alone can tell: backdrop, evidence, edges, holes, shadow, reflection. Arrays in, arrays out."""

from wesam_packshot.priors.backdrop import Backdrop, border_ring, find_horizon, fit_backdrop, seen_through
from wesam_packshot.priors.edges import Cues, edge_recall, edge_support, find_cues, fit_to_cues, sharp_edges
from wesam_packshot.priors.evidence import Evidence, colour_evidence
from wesam_packshot.priors.holes import find_holes
from wesam_packshot.priors.reflection import Reflection, find_reflection
from wesam_packshot.priors.shadow import shadow_alpha
from wesam_packshot.priors.similarity import region_in_box, region_of_points

__all__ = [
    "Backdrop",
    "Cues",
    "Evidence",
    "Reflection",
    "border_ring",
    "colour_evidence",
    "edge_recall",
    "edge_support",
    "find_cues",
    "find_holes",
    "find_horizon",
    "find_reflection",
    "fit_backdrop",
    "fit_to_cues",
    "region_in_box",
    "region_of_points",
    "seen_through",
    "shadow_alpha",
    "sharp_edges",
]
