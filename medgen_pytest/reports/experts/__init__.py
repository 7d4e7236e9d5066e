"""What experts are given to judge, and what came of it: text made of a sheet or a calibration, no computing."""
