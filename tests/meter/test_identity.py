"""How a meter is shown: with a title that has no number in it, and in Markdown as it calls itself."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Maker, Reading
from custom_components.han_port.meter.config import MeterConfig
from custom_components.han_port.meter.identity import Identity, in_markdown, title_of


@pytest.mark.parametrize(
    ("maker", "model", "serial", "title"),
    [
        (Maker.AIDON, "6534", "7359990000000017", "Aidon 6534"),
        (Maker.KAIFA, "MA304H3E", "6970631400000017", "Kaifa MA304H3E"),
        (Maker.KAMSTRUP, "6841131BN243101040", "5706567000000017", "Kamstrup 6841131BN"),
        (Maker.KAMSTRUP, "KA6U001660297912", "KA6U001660297912", "Kamstrup"),
        (Maker.LANDIS_GYR, "E360", None, "Landis+Gyr E360"),
        (Maker.ISKRAEMECO, "2M550E-1012", "99999999", "Iskraemeco 2M550E-1012"),
        (Maker.ISKRAEMECO, "2M550E-123456789", None, "Iskraemeco 2M550E"),
        (Maker.SAGEMCOM, "253833635_A", "253833635", "Sagemcom"),
        (None, "T211 ESMR 5.0", None, "T211 ESMR 5.0"),
        (None, "_x_ [a](www.b.c)\\ 1.2.", None, "x a www b c 1.2"),
        (None, "LGBBFFB231216240", "E0004", "LGBBFFB"),
        (None, "00009876543", None, ""),
        (None, None, "7359990000000017", ""),
    ],
)
def test_a_title_has_no_number_that_may_be_the_meters_own(
    maker: Maker | None, model: str | None, serial: str | None, title: str
) -> None:
    """It is in every line of the log, and in each repair."""
    assert title_of(Reading({}, maker, None, model, serial)) == title


def test_what_an_older_version_stored_is_one_line_too() -> None:
    """Its meter is still the same: it calls itself by the same line now."""
    data = {"serial_number": "12\n34", "model": "a\tb", "list_id": "x" * 255, "meter_maker": "Aidon"}
    identity = Identity.stored(data)
    assert (identity.serial_number, identity.model, identity.list_id) == ("12 34", "a b", "x" * 64)
    entry = MockConfigEntry(domain=DOMAIN, unique_id="12\n34", data=data)
    assert MeterConfig.of(entry).number == Reading({}, serial="12\n34").serial == "12 34"


def test_a_text_in_markdown_has_no_sign_that_means_anything() -> None:
    assert in_markdown("6534 Åse") == "6534 Åse"
    assert in_markdown("[a](http://b.c) <b>*_`~|#!&@") == (r"\[a\]\(http\:\/\/b\.c\) \<b\>\*\_\`\~\|\#\!\&\@")
