"""What a meter sends, made from figures."""

from custom_components.han_port.decoder.quantities import Quantity

type Values = dict[Quantity, float]

VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)


def powers(p: float, q: float) -> Values:
    """Return both powers as a meter sends them: one of each pair is zero."""
    return {
        Quantity.POWER_IMPORT: max(p, 0.0),
        Quantity.POWER_EXPORT: max(-p, 0.0),
        Quantity.REACTIVE_POWER_IMPORT: max(q, 0.0),
        Quantity.REACTIVE_POWER_EXPORT: max(-q, 0.0),
    }


def phases(quantities: tuple[Quantity, ...], *figures: float | None) -> Values:
    """Return what is known of three phases."""
    return {key: figure for key, figure in zip(quantities, figures, strict=True) if figure is not None}


def without(values: Values, *left_out: Quantity) -> Values:
    return {quantity: value for quantity, value in values.items() if quantity not in left_out}
