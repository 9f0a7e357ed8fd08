"""Families of wire, rod and blade that are kept for the test split."""

from wesam_packshot.studio.families.held_out_racks import dish_rack
from wesam_packshot.studio.families.held_out_scissors import scissors
from wesam_packshot.studio.families.held_out_stools import stool
from wesam_packshot.studio.product import Build

FAMILIES: dict[str, Build] = {"dish_rack": dish_rack, "stool": stool, "scissors": scissors}
