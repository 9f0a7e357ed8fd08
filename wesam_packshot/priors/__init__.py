"""What colour alone can tell: backdrop, evidence, edges, holes, shadow, reflection. Arrays in, arrays out."""

from wesam_packshot.priors.backdrop import WHOLE, Backdrop, Region, border_ring, fit_backdrop, seen_through
from wesam_packshot.priors.edges import edge_recall, edge_support, sharp_edges
from wesam_packshot.priors.evidence import Evidence, colour_evidence
from wesam_packshot.priors.holes import find_holes
from wesam_packshot.priors.reflection import Reflection, find_reflection
from wesam_packshot.priors.shadow import shadow_alpha

__all__ = [
    "WHOLE",
    "Backdrop",
    "Evidence",
    "Reflection",
    "Region",
    "border_ring",
    "colour_evidence",
    "edge_recall",
    "edge_support",
    "find_holes",
    "find_reflection",
    "fit_backdrop",
    "seen_through",
    "shadow_alpha",
    "sharp_edges",
]
