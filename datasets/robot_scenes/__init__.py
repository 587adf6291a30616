"""Robot scenes: episodes of simulated robots through calibrated cameras."""
