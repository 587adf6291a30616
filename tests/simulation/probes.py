"""What the tests of simulations run in spawned processes, which must not import TensorFlow."""

import os

import numpy as np

from tfkeypoints.processes import spawned_map
from tfkeypoints.simulation import episodes, folding, meshes, opengl
from tfkeypoints.simulation.catalog import SCENES

EMPTY_MODEL = "<mujoco/>"


def in_process(function, *tasks):
    """Returns the results of one spawned process that runs the tasks one after the other."""
    return list(spawned_map(function, tasks, num_workers=1))


def job(robot_scene, number=0, **changes):
    settings = {"image_size": 32, "num_frames": 3, "steps_per_frame": 3, "action_noise": 0.1, "seed": 0}
    return episodes.Job(f"{robot_scene}/train/{number:05d}", robot_scene, **settings | changes)


def render_empty_model(environment):
    os.environ.update(environment)
    opengl.prepare()
    import mujoco

    opengl.make_renderer(mujoco.MjModel.from_xml_string(EMPTY_MODEL), 16, 16).close()


def rendered_shape(size):
    """Returns the shape of an image of an empty model, `size` being its height and width."""
    opengl.prepare()
    import mujoco

    model = mujoco.MjModel.from_xml_string(EMPTY_MODEL)
    renderer = opengl.make_renderer(model, *size)
    renderer.update_scene(mujoco.MjData(model))
    shape = renderer.render().shape
    renderer.close()
    return shape


def steps_of_an_episode(task):
    """Returns how many steps of an episode a robot scene took, of as many as asked for."""
    robot_scene, steps = task
    scene, _, _ = start(robot_scene, 32)
    return sum(len(scene.env.step(np.zeros(scene.env.action_space.shape))) == 5 for _ in range(steps))


def marker_distances(task):
    """Returns pixels between a landmark's projection and a small ball drawn at it by MuJoCo, in each view `[V, L]`."""
    robot_scene, size, steps = task
    scene, act, observation = start(robot_scene, size)
    for _ in range(steps):
        observation = scene.env.step(act(observation))[0]
    intrinsics, extrinsics = scene.cameras()
    renderer = opengl.make_renderer(scene.model, size, size)
    distances = np.empty((len(intrinsics), len(scene.landmark_names)))
    for view, (matrix, pose) in enumerate(zip(intrinsics, extrinsics, strict=True)):
        for number, point in enumerate(scene.landmarks()):
            image_point = matrix @ (pose[:3, :3] @ point + pose[:3, 3])
            expected = (image_point[:2] / image_point[2] + 1) * size / 2 - 0.5  # centre of the first pixel: 0, 0
            rows, columns = np.nonzero(draw_ball(renderer, scene.data, view, point, radius=0.02 * image_point[2]))
            distances[view, number] = np.hypot(columns.mean() - expected[0], rows.mean() - expected[1])
    renderer.close()
    return distances


def start(robot_scene, size):
    scene = SCENES[robot_scene].make(size)
    observation, _ = scene.reset(seed=1)
    return scene, SCENES[robot_scene].policy(np.random.default_rng(1)), observation


def draw_ball(renderer, data, view, point, radius):
    """Returns where a ball, and nothing else, is seen: bool `[H, W]`."""
    import mujoco

    nothing = mujoco.MjvOption()
    nothing.geomgroup[:] = nothing.flexgroup[:] = 0
    nothing.sitegroup[:] = 0
    renderer.update_scene(data, camera=f"view{view}", scene_option=nothing)
    empty = renderer.render().copy()
    drawn = renderer.scene
    mujoco.mjv_initGeom(
        drawn.geoms[drawn.ngeom],
        mujoco.mjtGeom.mjGEOM_SPHERE,
        np.full(3, radius),
        point.astype(float),
        np.eye(3).ravel(),
        np.array([1, 0, 1, 1], np.float32),
    )
    drawn.ngeom += 1
    return (renderer.render() != empty).any(axis=-1)


def landmark_gaps(task):
    """Returns pixels from each landmark's projection to the nearest one that shows its body, in each view `[V, L]`."""
    robot_scene, size, bodies = task
    scene, _, _ = start(robot_scene, size)
    import mujoco

    intrinsics, extrinsics = scene.cameras()
    renderer = mujoco.Renderer(scene.model, size, size)
    renderer.enable_segmentation_rendering()
    gaps = np.full((len(intrinsics), len(bodies)), np.inf)
    for view, (matrix, pose) in enumerate(zip(intrinsics, extrinsics, strict=True)):
        renderer.update_scene(scene.data, camera=f"view{view}")
        ids, kinds = np.moveaxis(renderer.render(), -1, 0)
        shown = np.where((kinds == mujoco.mjtObj.mjOBJ_GEOM) & (ids >= 0), scene.model.geom_bodyid[ids], -1)
        for number, (landmark, names) in enumerate(bodies.items()):
            point = scene.landmarks()[scene.landmark_names.index(landmark)]
            image_point = matrix @ (pose[:3, :3] @ point + pose[:3, 3])
            expected = (image_point[:2] / image_point[2] + 1) * size / 2 - 0.5
            rows, columns = np.nonzero(np.isin(shown, [scene.model.body(name).id for name in names]))
            if len(rows):
                gaps[view, number] = np.abs(np.stack([columns, rows], 1) - expected).max(axis=1).min()
    renderer.close()
    return gaps


def observed_points(robot_scene):
    """Returns hand and goal as a step's observation shows them, and the landmarks and the goal as the task has them."""
    scene, act, observation = start(robot_scene, 32)
    observation = scene.env.step(act(observation))[0]
    return observation[:3], observation[-3:], scene.landmarks(), scene.env._target_pos.copy()


def observed_joints(robot_scene):
    """Returns a step's observation, and angles and speeds of all joints but the free one, as the simulator has them."""
    scene, act, observation = start(robot_scene, 32)
    observation = scene.env.step(act(observation))[0]
    return observation, np.concatenate([scene.data.qpos[7:], scene.data.qvel[6:]])


def observation_after(task):
    """Returns the observation after 30 steps in which a hand stays where it is, its fingers driven by `closing`."""
    robot_scene, closing = task
    scene, _, _ = start(robot_scene, 32)
    return [scene.env.step(np.array([0, 0, 0, closing]))[0] for _ in range(30)][-1]


def make(robot_scene):
    return SCENES[robot_scene].make(32).landmark_names


def make_beside_tensorflow(robot_scene):
    import sys
    import types

    sys.modules["tensorflow"] = types.ModuleType("tensorflow")
    return make(robot_scene)


def imported_by_recording(task):
    import sys

    episodes.record(task)
    return sorted(sys.modules)


def fold_scarf(task):
    """Returns for each seed whether the scarf got folded, the steps it took, the rewards' sum, and what was to do."""
    policy, seeds = task
    scene = SCENES["scarf"].make(16)
    results = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        state, _ = scene.reset(seed)
        to_do, total = scarf_to_do(state), 0.0
        for steps in range(1, 401):  # noqa: B007
            action = folding.fold(state) if policy == "scripted" else rng.uniform(-1, 1, 4)
            state, reward, terminated, _, info = scene.env.step(action)
            total += reward
            assert terminated == info["success"]
            if terminated:
                break
        results.append((info["success"], steps, total, to_do - scarf_to_do(state)))
    return results


def scarf_to_do(state):
    """Mean distance of matching corners, and the hand's from the loose end, from a state of the scarf's scene."""
    loose_end, loose_right, loose_left, far_right, far_left = state[5:20].reshape(5, 3).astype(float)
    gaps = np.linalg.norm(loose_right - far_right), np.linalg.norm(loose_left - far_left)
    return np.mean(gaps) + np.linalg.norm(loose_end - state[:3])


def grip_scarf(beside):
    """Lowers the hand over the loose end, or `beside` it, closes it, lifts it, opens it; returns three states."""
    scene = SCENES["scarf"].make(16)
    state, _ = scene.reset(0)
    for _ in range(100):
        way = state[5:8] + [0, beside, 0] - state[:3]
        state = scene.env.step(np.clip([*(30 * way), 0], -1, 1))[0]
    states = []
    for action, steps in (((0, 0, 0, 1), 15), ((0, 0, 1, 1), 10), ((0, 0, 0, -1), 50)):
        for _ in range(steps):
            state = scene.env.step(np.array(action))[0]
        states.append(state)
    return states


def drawn_and_moved(task):
    """Returns images, states and number of faces of a robot scene, its meshes simplified by a cell if one is given."""
    robot_scene, size, cell = task
    scene, act, observation = start(robot_scene, size)
    if cell:
        meshes.simplify(scene.model, cell)
    states = [observation := scene.env.step(act(observation))[0] for _ in range(20)]
    return scene.images(), np.stack(states), scene.model.mesh_facenum.sum()


def drawn_fast_and_by_opengl(task):
    """Returns images of two episodes, fast and by OpenGL, `[T, V, H, W, 3]` each."""
    robot_scene, size = task
    scenes = [SCENES[robot_scene].make(size) for _ in range(2)]
    policies = [SCENES[robot_scene].policy(np.random.default_rng(0)) for _ in scenes]
    scenes[0].draw_fast()
    images = [], []
    for seed in (3, 4):
        for scene, act, seen in zip(scenes, policies, images, strict=True):
            for site in SCENES[robot_scene].goal_sites:
                scene.show_site(site)
            observation, _ = scene.reset(seed)
            for step in range(60):
                if step % 4 == 0:
                    seen.append(scene.images())
                observation = scene.env.step(act(observation))[0]
    return tuple(np.stack(seen) for seen in images)


def is_drawn_fast(robot_scene):
    scene = SCENES[robot_scene].make(16)
    scene.draw_fast()
    return scene._fast
