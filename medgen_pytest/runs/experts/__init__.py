"""Experts beside the judge: from a run directory to what they fill in, and from that back to a calibration."""
