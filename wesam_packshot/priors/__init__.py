"""What colour alone can tell: backdrop, evidence, holes. Arrays in, arrays out; no model inside."""

from wesam_packshot.priors.backdrop import Backdrop, at_resolution, border_ring, fit_backdrop
from wesam_packshot.priors.evidence import Evidence, colour_evidence
from wesam_packshot.priors.holes import find_holes

__all__ = ["Backdrop", "Evidence", "at_resolution", "border_ring", "colour_evidence", "find_holes", "fit_backdrop"]
