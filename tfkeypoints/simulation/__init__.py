"""Simulated robots seen through calibrated cameras: MuJoCo scenes and recorded episodes. Never imports TensorFlow."""
