from __future__ import annotations

import pytest

from etl.demo.city import DemoCity, make_city
from etl.demo.scales import find_scale

SRID = 32642


@pytest.fixture(scope="session")
def whole_city() -> DemoCity:
    return make_city(find_scale("tenth"), SRID)
