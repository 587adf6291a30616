"""The commands whose runs are kept in this folder, without where the data and the run lie."""

COMMANDS = {
    "keypointnet": (
        *("train", "keypointnet", "--preset", "demo", "--data", "rendered_objects/chairs_32"),
        *("--filters", "2", "--num-keypoints", "4", "--num-views", "4", "--batch-size", "2"),
        *("--steps", "6", "--validate-every", "3", "--separation-delta", "0.04", "--variance", "0.4"),
        *(
            "--backbone",
            "hourglass",
            "--head-size",
            "3",
            "--facing",
            "network",
            "--orientation",
            "1",
            "--learning-rate",
            "0.004",
        ),
    ),
    "keypointnet_dilated": (
        *("train", "keypointnet", "--preset", "paper", "--data", "rendered_objects/chairs_32"),
        *("--filters", "4", "--num-keypoints", "3", "--batch-size", "2", "--steps", "4", "--validate-every", "2"),
        *("--learning-rate", "0.002", "--precision", "bfloat16"),
    ),
    "keypoint3d": (
        *("train", "keypoint3d", "--preset", "small", "--data", "moving_shapes/arm_32"),
        *("--filters", "4", "--num-keypoints", "4", "--crop-size", "24", "--batch-size", "4"),
        *("--steps", "6", "--validate-every", "3", "--noise", "0.1", "--world-scale", "0.4"),
        *("--fusion", "attention", "--coverage", "0.05"),
    ),
    "policy_of_states": (
        *("control", "train", "--env", "CartPole-v1", "--method", "state", "--num-envs", "2", "--horizon", "8"),
        *("--steps", "64", "--batch-size", "8", "--epochs", "2", "--save-every", "1"),
    ),
    "policy_of_keypoints": (
        *("control", "train", "--env", "point_reach", "--method", "keypoint3d", "--image-size", "16"),
        *("--num-keypoints", "3", "--num-envs", "2", "--horizon", "8", "--steps", "64", "--batch-size", "8"),
        *("--epochs", "2", "--detector-start", "3", "--detector-steps", "1", "--detector-batch-size", "4"),
        *("--buffer-size", "64", "--save-every", "1"),
    ),
}
"""Run to the words after `tfkeypoints`."""
