"""Power as one signed number."""


def signed(power_import: float | None, power_export: float | None) -> float | None:
    """Return import minus export (W); None where the meter sends no import.

    A meter nets its phases, so one of the two is zero. The short list carries the import alone and comes more often:
    while it says that power flows in, an export from the list before is over.
    """
    if power_import is None or power_import:
        return power_import
    return -power_export if power_export else 0.0
