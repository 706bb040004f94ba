"""The house that is looked at in the browser."""

from datetime import UTC, datetime

from tools.develop import PAST
from tools.simulator.household import House, steady
from tools.simulator.lists import Model, find_model

MODEL: Model = find_model("aidon")
WATTS_BY_PHASE = (1100, 700, 434)
WATTS = sum(WATTS_BY_PHASE)


def still_house() -> House:
    """A house in which nothing changes, so that its power can be looked for on a page."""
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - PAST
    return House(begin, net=MODEL.net, appliances=(steady(WATTS_BY_PHASE),))
