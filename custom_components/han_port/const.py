"""Names that several modules share: the domain, the logger, the keys of stored data and options."""

import logging
from typing import Final

DOMAIN: Final = "han_port"
LOGGER: Final = logging.getLogger(__package__)
MANUAL: Final = "https://github.com/han-port/han-port"

# Keys of the entry's data: the line, and what was learned about its meter.
# A maker is stored there as it is shown, `Landis+Gyr`, but in the options by its name, `landis_gyr`.
CONF_ENCRYPTION_KEY: Final = "encryption_key"
CONF_AUTHENTICATION_KEY: Final = "authentication_key"
CONF_FOUND_SETTINGS: Final = "found_settings"
CONF_MODEL: Final = "model"
CONF_SERIAL_NUMBER: Final = "serial_number"
CONF_LIST_ID: Final = "list_id"
CONF_QUANTITIES: Final = "quantities"
CONF_METER_MAKER: Final = "meter_maker"
CONF_USB_DEVICE: Final = "usb_device"
CONF_FOUND_NET: Final = "found_net"
CONF_TAKES_OVER: Final = "takes_over"

# Keys of the entry's options, which the user may change at any time.
CONF_SERIAL_SETTINGS: Final = "serial_settings"
CONF_MAKER: Final = "maker"
CONF_CT_RATIO: Final = "ct_ratio"
CONF_CT_COUNTS: Final = "ct_counts"
CONF_VT_RATIO: Final = "vt_ratio"
CONF_NET: Final = "net"
CONF_UPDATE_INTERVAL: Final = "update_interval"
CONF_TARIFF: Final = "tariff"
CONF_HOLIDAYS: Final = "holidays"
CONF_STATISTICS: Final = "hourly_statistics"
CONF_RULE: Final = "rule"
CONF_MAIN_FUSE: Final = "main_fuse"
CONF_USE_ESTIMATE: Final = "use_estimate"
CONF_CHARGER: Final = "charger"
CONF_WIRING: Final = "wiring"
CONF_MAX_CURRENT: Final = "most"
CONF_MARGIN: Final = "margin"
CONF_FAIL_SAFE: Final = "fail_safe"
CONF_CHARGER_ENTITY: Final = "entity"
CONF_KEEP_BUDGET: Final = "keep_budget"
CONF_MORE_CHARGERS: Final = "more_chargers"
CONF_MIN_CURRENT: Final = "minimum"
CONF_PRIORITY: Final = "priority"
CONF_CIRCUIT: Final = "circuit"
CONF_CHARGING_MODE: Final = "mode"
CONF_REMOVED: Final = "removed"
CONF_MIN_VOLTAGE: Final = "least_voltage"
CONF_MAX_VOLTAGE: Final = "greatest_voltage"
CONF_CURRENT_FACTOR: Final = "current_factor"
CONF_ENERGY_FACTOR: Final = "energy_factor"

AUTOMATIC: Final = "automatic"
OTHER: Final = "other"
NO_TARIFF: Final = "none"
CUSTOM: Final = "custom"
