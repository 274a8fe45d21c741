"""The mesh without a database: where a junction is put, how a face is cut and joined again."""

from __future__ import annotations

import pytest
import shapely

from geo.errors import InvalidInput
from geo.plans.editing.detours import led_around
from geo.plans.editing.mesh import Mesh, MeshEdge, corner_at, point_on
from geo.plans.editing.obstacles import snapped


def square(left: int = 1) -> Mesh:
    """One face of 100 m, a ring from and to node 1."""
    return Mesh(
        [
            MeshEdge(
                1, 1, 1, left, None, 1, shapely.LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
            )
        ],
        [],
    )


def test_a_junction_lies_on_the_grid_and_on_the_line() -> None:
    start, end = (670_000.123, 5_660_000.456), (670_400.789, 5_660_931.012)
    x, y = point_on(start, end, 300.0)
    assert (round(x, 3), round(y, 3)) == (x, y)
    assert shapely.LineString([start, end]).distance(shapely.Point(x, y)) < 5e-6
    assert shapely.Point(start).distance(shapely.Point(x, y)) == pytest.approx(300, abs=1)


def test_along_the_grid_the_place_itself_is_taken() -> None:
    assert point_on((0.0, 0.0), (100.0, 0.0), 30.0) == (30.0, 0.0)


def test_a_corner_near_by_is_taken_and_else_one_is_put_in() -> None:
    corners = [(0.0, 0.0), (50.0, 0.0), (100.0, 0.0)]
    assert (corner_at(corners, 50.4), len(corners)) == (1, 3)
    assert (corner_at(corners, 75.0), corners[2]) == (2, (75.0, 0.0))


def test_a_cut_face_is_two_and_joined_again_it_is_the_same() -> None:
    mesh = square()
    before = mesh.polygon(1)
    mesh.cut(1, [[(40.0, 0.0), (40.0, 100.0)]], 1.0)
    assert sorted(piece.area for piece in mesh.pieces(1)) == [4000, 6000]
    mesh.relabel(1, lambda piece: 2 if piece.area == 4000 else 1)
    assert (mesh.polygon(1).area, mesh.polygon(2).area) == (6000, 4000)
    mesh.relabel(2, lambda piece: 1)
    mesh.dissolve()
    assert (mesh.polygon(1).equals(before), len(mesh.edges)) == (True, 1)


def test_an_island_is_cut_out_by_a_ring() -> None:
    mesh = square()
    mesh.cut(1, [[(40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0), (40.0, 40.0)]], 1.0)
    mesh.relabel(1, lambda piece: 2 if piece.area < 1000 else 1)
    assert (mesh.polygon(1).area, mesh.polygon(2).area) == (9600, 400)


def test_a_line_that_ends_in_the_air_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        square().cut(1, [[(40.0, 0.0), (40.0, 50.0)]], 5.0)
    assert refused.value.code == "plan.line_open"


def test_a_part_drawn_inside_out_is_refused_though_another_part_is_left() -> None:
    """Its ring has the face on the wrong side: nobody would hold its ground, and the neighbour would
    swallow the outer border."""
    mesh = square()
    mesh.edges[2] = MeshEdge(2, 2, 3, 1, None, 1, shapely.LineString([(200, 0), (300, 0)]))
    mesh.edges[3] = MeshEdge(3, 3, 2, 1, 2, 1, shapely.LineString([(300, 0), (250, 50), (200, 0)]))
    assert len(mesh.pieces(1)) == 2
    mesh.edges[3].line = shapely.LineString([(300, 0), (250, -50), (200, 0)])
    with pytest.raises(InvalidInput) as refused:
        mesh.polygon(1, 7)
    assert (refused.value.code, refused.value.parameters) == ("plan.polygon", {"precincts": "7"})


def test_what_changed_is_told_with_what_was() -> None:
    mesh = square()
    mesh.cut(1, [[(40.0, 0.0), (40.0, 100.0)]], 1.0)
    changed = mesh.changed()
    assert changed[1][0] == (
        1,
        1,
        1,
        None,
        ((0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0)),
    )
    assert [pair[0] for id_, pair in changed.items() if id_ < 0] == [None] * (len(changed) - 1)


def test_a_line_goes_around_a_house_the_shorter_way() -> None:
    house = shapely.box(40, -5, 60, 20)
    led = led_around(shapely.LineString([(0, 0), (100, 0)]), {7: house})
    assert (led.intersection(house).length, led.bounds[1]) == (0, -5.5)


def test_a_line_that_ends_in_a_house_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        led_around(shapely.LineString([(0, 0), (50, 0)]), {7: shapely.box(40, -5, 60, 20)})
    assert (refused.value.code, refused.value.parameters["houses"]) == ("plan.cuts_footprint", [7])


def test_between_two_points_on_a_street_its_bends_are_followed() -> None:
    street = shapely.LineString([(0, 0), (50, 0), (100, 50)])
    assert snapped([(10, 3), (80, 33)], [street], 15) == [(10, 0), (50, 0), (81.5, 31.5)]
    assert snapped([(10, 30)], [street], 15) == [(10, 30)]
