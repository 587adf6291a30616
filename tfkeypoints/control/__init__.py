"""Policies that learn to act from images, through keypoints that are learnt while they learn to act.

`environments` never imports TensorFlow, since MuJoCo's workers use it; everything else here does.
"""
