"""What the architecture page says of the code."""

import pytest

from experiments import architecture


@pytest.mark.slow
def test_a_request_passes_every_stage_once():
    rows = architecture.routes()
    assert len(rows) == len(architecture.STAGES)
    for stage, _, *times in rows:
        assert times == ["1", "1", "1"], stage


def test_arrows_lead_down_only():
    arrows = architecture.between_folders(architecture.modules())
    height = architecture.floors(arrows)
    assert all(height[here] > height[there] for here, there in arrows)
    assert set(architecture.not_implied(arrows)) <= set(arrows)


def test_circles_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}
    assert architecture.circles(graph) == [["b", "c"]]


def test_the_page_is_of_this_code():
    """The picture and the route; lines and files change with every commit."""
    text = architecture.PAGE.read_text()
    for stage in architecture.STAGES:
        assert f"`{stage}`" in text
