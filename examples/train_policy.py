"""Trains a policy on keypoints of PointReach with the library's parts; `tfkeypoints control train` does the same.

python examples/train_policy.py --steps 40000
"""

import argparse

import keras

from tfkeypoints.control import environments, methods
from tfkeypoints.control.detector import DetectorTrainer, ObservationBuffer
from tfkeypoints.control.evaluation import evaluate
from tfkeypoints.control.normalizers import RewardScaler
from tfkeypoints.control.settings import PPOSettings
from tfkeypoints.control.training import PolicyTraining
from tfkeypoints.training.run import Run

METHOD, NUM_ENVS, SEED = "keypoint3d", 8, 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200_000, help="of all environments together")
    steps = parser.parse_args().steps
    keras.utils.set_random_seed(SEED)
    envs = environments.make_vector("point_reach", NUM_ENVS, methods.KEYS[METHOD], image_size=64)
    try:
        agent = methods.build_agent(METHOD, envs, seed=SEED, num_keypoints=8)
        observations, _ = envs.reset(seed=SEED)
        example = {name: values[0, -1] for name, values in observations.items()}
        config = {"model": "policy", "env": "point_reach", "method": METHOD, "seed": SEED}
        config |= {"image_size": 64, "frame_stack": 1}
        config["observation"] = environments.described(envs.single_observation_space)
        training = PolicyTraining(
            Run.start("runs/policy-example", config),
            agent,
            envs,
            PPOSettings(epochs=10, batch_size=256, gamma=0.99),
            keras.optimizers.Adam(3e-4, epsilon=1e-5),
            RewardScaler(NUM_ENVS, gamma=0.99),
            horizon=128,
            steps=steps,
            learning_rate=3e-4,
            seed=SEED,
            detector_trainer=DetectorTrainer(agent.features.detector, ObservationBuffer(4096, example), batch_size=32),
            detector_steps=8,
            detector_start=500,
        )
        training.train()
        print(evaluate(agent, envs, episodes=100))
    finally:
        envs.close()


if __name__ == "__main__":
    main()
