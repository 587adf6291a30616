"""Calibrated cameras as other programs describe them: lenses, files, checks. NumPy only, but for rotations."""
