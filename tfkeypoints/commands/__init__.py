"""The commands of `tfkeypoints`, one module a word; none imports TensorFlow before it runs."""
