import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints.image.geometry import area, box_corners, fit_homography, pose, project, scaling, sensible

SIZE = (400, 300)
MAP = np.array([[0.6, -0.2, 90.0], [0.2, 0.6, 40.0], [0.0002, 0.0001, 1.0]])


def scattered(n, seed=1):
    return np.random.default_rng(seed).uniform((0, 0), SIZE, (n, 2))


def test_the_map_of_the_agreeing_pairs_is_found_among_wrong_ones():
    work = scattered(60)
    item = project(MAP, work)
    item[40:] = scattered(20, 2)
    fit = fit_homography(work.astype(np.float32), item.astype(np.float32), SIZE)
    assert fit.inliers[:40].all()
    assert fit.inliers.sum() <= 45
    corners = box_corners(0, 0, *SIZE)
    assert np.abs(project(fit.map, corners) - project(MAP, corners)).max() < 1.5


@pytest.mark.parametrize(
    "points", [np.zeros((0, 2)), np.zeros((30, 2)), np.c_[np.arange(30.0), np.arange(30.0)]], ids=["none", "one", "line"]
)
def test_degenerate_pairs_give_no_homography_beyond_sense(points):
    fit = fit_homography(points.astype(np.float32), points.astype(np.float32), SIZE)
    assert fit is None or sensible(fit.map, SIZE)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_random_pairs_give_nothing_or_something_sensible(seed, n):
    fit = fit_homography(scattered(n, seed).astype(np.float32), scattered(n, seed + 1).astype(np.float32), SIZE)
    assert fit is None or (sensible(fit.map, SIZE) and fit.distinct <= n)


def test_reflections_slivers_and_steep_perspectives_make_no_sense():
    assert sensible(np.eye(3), SIZE)
    assert sensible(MAP, SIZE)
    assert not sensible(np.diag([-1.0, 1.0, 1.0]), SIZE)
    assert not sensible(scaling(1.0, 0.1), SIZE)
    assert not sensible(scaling(30.0, 30.0), SIZE)
    assert not sensible(np.array([[1, 0, 0], [0, 1, 0], [0.01, 0, 1.0]]), SIZE)
    assert not sensible(np.full((3, 3), np.nan), SIZE)


@pytest.mark.parametrize("angle", [0, 30, 90, 180, -45])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_pose_tells_turn_scale_and_mirroring(angle, mirrored):
    turn = np.deg2rad(angle)
    mapping = np.array([[np.cos(turn), -np.sin(turn), 5], [np.sin(turn), np.cos(turn), 7], [0, 0, 1]]) @ scaling(2, 2)
    if mirrored:
        mapping = mapping @ np.array([[-1, 0, 400], [0, 1, 0], [0, 0, 1]])
    stands = pose(mapping, (200, 150))
    assert (stands.mirrored, stands.scaled) == (mirrored, 2.0)
    assert stands.rotated % 360 == angle % 360


def test_the_area_of_a_box_is_its_sides_product():
    assert area(box_corners(1, 2, 11, 7)) == 50
