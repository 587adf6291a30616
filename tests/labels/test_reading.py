"""Files of labels, as each program writes them."""

import numpy as np
import pytest

from tfkeypoints.labels.csv_files import read_csv
from tfkeypoints.labels.gathering import gather
from tfkeypoints.labels.matching import match

LIGHTNING_POSE = """scorer,ann,ann,ann,ann
bodyparts,nose,nose,left ear,left ear
coords,x,y,x,y
labeled-data/left/img0003.png,10.5,20,30,40
labeled-data/left/img0011.png,,,31,41.25
"""
DEEPLABCUT = """scorer,,,ann,ann,ann,ann
bodyparts,,,nose,nose,left ear,left ear
coords,,,x,y,x,y
labeled-data,left,img0003.png,10.5,20,30,40
labeled-data,left,img0011.png,,,31,41.25
"""
DEEPLABCUT_3D = """scorer,a,a,a
individuals,one,one,one
bodyparts,nose,nose,nose
coords,x,y,z
3,1,2,3
11,4,5,6
"""
ANIPOSE = "nose_x,nose_y,nose_z,nose_error,nose_ncams,nose_score," + (
    "M_00,M_01,M_02,M_10,M_11,M_12,M_20,M_21,M_22,center_0,center_1,center_2,fnum\n"
    "1,2,3,0.5,2,0.9,1,0,0,0,1,0,0,0,1,0,0,0,3\n4,5,6,,,,1.0,0,0,0,1,0,0,0,1,0,0,0,11\n"
)
OWN = "frame,name,x,y,z,expected_error\n3,nose,1,2,3,0.1\n11,nose,4,5,6,0.1\n11,tail,7,8,9,0.1\n"


@pytest.mark.parametrize("text", [LIGHTNING_POSE, DEEPLABCUT, LIGHTNING_POSE.replace("\n", "\r\n")])
def test_labels_in_2d(write, text):
    table = read_csv(write(text))
    assert table.frames == ("img0003", "img0011")
    assert table.names == ("nose", "left ear")
    np.testing.assert_array_equal(table.places, [[[10.5, 20], [30, 40]], [[np.nan, np.nan], [31, 41.25]]])


@pytest.mark.parametrize("text", [DEEPLABCUT_3D, ANIPOSE])
def test_labels_in_3d(write, text):
    table = read_csv(write(text))
    assert table.frames == (3, 11) and table.names == ("nose",)
    np.testing.assert_array_equal(table.places, [[[1, 2, 3]], [[4, 5, 6]]])


def test_rows_of_points_in_3d(write):
    table = read_csv(write(OWN))
    assert table.frames == (3, 11) and table.names == ("nose", "tail")
    np.testing.assert_array_equal(table.places, [[[1, 2, 3], [np.nan] * 3], [[4, 5, 6], [7, 8, 9]]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "should be a CSV of DeepLabCut"),
        ("a,b\n1,2\n", "Received a first row of a, b"),
        (LIGHTNING_POSE.replace("coords,x,y,x,y", "coords,x,likelihood,x,y"), "holds likelihoods, so predictions"),
        (LIGHTNING_POSE.replace("coords,x,y,x,y", "coords,y,x,x,y"), "should have x, y or x, y, z for each part"),
        (LIGHTNING_POSE.replace("img0011", "img0003"), "should hold each frame once. Received: img0003"),
        (LIGHTNING_POSE.replace("10.5", "ten"), "should hold numbers"),
        (LIGHTNING_POSE.replace("10.5", "inf"), "finite"),
        (LIGHTNING_POSE.replace(",41.25", ""), "as many cells in each row"),
        (LIGHTNING_POSE.replace("nose", "no:se"), "none of"),
        (LIGHTNING_POSE[: LIGHTNING_POSE.index("labeled")], "should hold labels. Received: 0 frames"),
        (DEEPLABCUT_3D.replace("one,one,one", "one,two,two"), "should hold one animal. Received: one, two"),
        (ANIPOSE.replace(",1,0,0,0,1,", ",0,1,0,0,1,", 1), "points that anipose turned or moved"),
        (ANIPOSE.replace("nose_z", "nose_w"), "none called 'nose_z'"),
        (OWN + "3,nose,1,2,3,0\n", "each point of a frame once"),
        (OWN + "3,ear,1,2\n", "as many cells"),
        (b"\xff\xfe\x00scorer", "should be a CSV"),
    ],
)
def test_what_is_no_file_of_labels_is_refused(write, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read_csv(write(text, "labels.csv"))
    assert "labels.csv" in str(error.value)


def test_labels_of_cameras_are_given_by_name_or_in_a_folder(write, tmp_path):
    paths = {name: write(LIGHTNING_POSE, f"labels/{name}.csv") for name in ("left", "right")}
    given = gather([f"{name}={path}" for name, path in paths.items()], ["left", "right", "top"])
    folder = gather([str(tmp_path / "labels")], ["left", "right", "top"])
    for found in (given, folder):
        assert list(found) == ["left", "right"] and found["left"].names == ("nose", "left ear")
    assert gather([str(write(OWN, "own.csv"))], ["left"]).places.shape == (2, 2, 3)


def test_labels_that_belong_to_no_camera_are_refused(write, tmp_path):
    flat, deep = write(LIGHTNING_POSE, "flat.csv"), write(OWN, "deep.csv")
    for words, message in (
        ([f"front={flat}", f"left={flat}"], "CAMERA=FILE, once a camera, of left, right"),
        ([f"left={flat}", f"left={flat}"], "CAMERA=FILE, once a camera"),
        ([str(flat)], "in 2D should be told their camera"),
        ([f"left={deep}", f"right={deep}"], "should be in pixels"),
        ([str(tmp_path)], "a CSV for two cameras or more, called like them: left.csv, right.csv"),
        ([str(tmp_path / "none.csv")], "files that exist"),
        (["left=none.csv", "right=none.csv"], "files that exist"),
    ):
        with pytest.raises(ValueError, match=message):
            gather(words, ["left", "right"])


def sleap(tmp_path, filename, frames):
    sio = pytest.importorskip("sleap_io")
    skeleton = sio.Skeleton(["nose", "tail"])
    videos = [sio.Video(filename=filename.format(name), open_backend=False) for name in ("left", "right")]
    labeled = [
        sio.LabeledFrame(
            video=video,
            frame_idx=frame,
            instances=[
                sio.Instance.from_numpy(np.array([[frame, 1.0 + view], [np.nan, np.nan]]), skeleton),
                sio.PredictedInstance.from_numpy(np.zeros((2, 2)), skeleton),
            ],
        )
        for view, video in enumerate(videos)
        for frame in frames
    ]
    labels = sio.Labels(labeled_frames=labeled, videos=videos, skeletons=[skeleton])
    sio.save_slp(labels, str(tmp_path / "labels.slp"), verbose=False)
    return tmp_path / "labels.slp"


@pytest.mark.parametrize("filename", ["{}.mp4", "videos/{}/film.mp4"])
def test_sleaps_labels_by_hand_are_read_by_camera(tmp_path, filename):
    found = gather([str(sleap(tmp_path, filename, [3, 8]))], ["left", "right"])
    assert list(found) == ["left", "right"]
    for view, table in enumerate(found.values()):
        assert table.frames == (3, 8) and table.names == ("nose", "tail")
        np.testing.assert_array_equal(table.places[:, 0], [[3, 1 + view], [8, 1 + view]])
        assert np.isnan(table.places[:, 1]).all()


def test_sleaps_videos_of_no_camera_and_broken_files_are_refused(tmp_path):
    path = sleap(tmp_path, "front_{}.mp4", [3])
    with pytest.raises(
        ValueError, match=r"one labeled video a camera, called like it: left, right. Received: front_left"
    ):
        gather([str(path)], ["left", "right"])
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match=r"whole \.slp file"):
        gather([str(path)], ["left", "right"])


def test_frames_are_matched_by_images_then_by_numbers():
    names, numbers = ["a_07", "b_08", "", "img9"], [70, "80", 90, "word"]
    assert match(["b_08", 90, "x_0070", "img9", "none", "z99", 80], names, numbers).tolist() == [1, 2, 0, 3, -1, -1, 1]
