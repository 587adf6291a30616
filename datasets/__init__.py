"""TensorFlow Datasets builders, one folder a data set; installed as `tfkeypoints.datasets`."""
