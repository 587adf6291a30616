"""Calibrated cameras as other programs describe them. NumPy only."""
