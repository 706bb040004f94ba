"""Letters from a customer to the grid company, in the language of the country.

They are not translations: a user whose Home Assistant speaks English still writes to a Norwegian company in Norwegian.
"""

from types import MappingProxyType

OPEN = MappingProxyType(
    {
        "NO": (
            "Hei! Jeg ber om at HAN-porten på strømmåleren min blir åpnet.\n\n"
            "Navn:\nAnleggsadresse:\nMålepunkt-ID (18 sifre):\nMålernummer:"
        ),
        "SE": (
            "Hej! Jag vill att kundporten (HAN/P1) på min elmätare öppnas.\n\n"
            "Namn:\nAnläggningsadress:\nAnläggnings-id (18 siffror):\nMätarnummer:"
        ),
        "DK": (
            "Hej! Jeg beder jer åbne kundeporten (HAN) på min elmåler "
            "og sende mig krypteringsnøglerne GPK60 og GPK61.\n\n"
            "Navn:\nAdresse:\nMålepunkts-ID (18 cifre):\nMålernummer:"
        ),
        "FI": (
            "Hei! Pyydän avaamaan sähkömittarini asiakasportin (H1/HAN/P1).\n\n"
            "Nimi:\nKäyttöpaikan osoite:\nKäyttöpaikkatunnus:\nMittarin numero:"
        ),
    }
)
"""Country -> the request to open the port."""
OPEN_ELSEWHERE = (
    "Hello! Please open the customer port (HAN, H1 or P1) of my electricity meter.\n\n"
    "Name:\nAddress:\nMetering point:\nMeter number:"
)

KEY_REQUESTS = MappingProxyType(
    {
        "NO": (
            "Hei! HAN-porten på strømmåleren min sender krypterte data. Jeg ber om krypteringsnøkkelen og "
            "autentiseringsnøkkelen.\n\nNavn:\nAnleggsadresse:\nMålepunkt-ID (18 sifre):\nMålernummer:"
        ),
        "SE": (
            "Hej! Kundporten på min elmätare sänder krypterade data. Jag ber om krypteringsnyckeln och "
            "autentiseringsnyckeln.\n\nNamn:\nAnläggningsadress:\nAnläggnings-id (18 siffror):\nMätarnummer:"
        ),
        "DK": (
            "Hej! Jeg beder om nøglerne til kundeporten på min elmåler: "
            "GPK60 (kryptering) og GPK61 (autentificering).\n\n"
            "Navn:\nAdresse:\nMålepunkts-ID (18 cifre):\nMålernummer:"
        ),
        "FI": (
            "Hei! Sähkömittarini asiakasportti lähettää salattua dataa. Pyydän salausavainta ja todennusavainta.\n\n"
            "Nimi:\nKäyttöpaikan osoite:\nKäyttöpaikkatunnus:\nMittarin numero:"
        ),
    }
)
"""Country -> the request for the keys of a port that sends encrypted data."""
KEY_REQUEST_ELSEWHERE = (
    "Hello! The customer port of my electricity meter sends encrypted data. Please send me the encryption key and the "
    "authentication key.\n\nName:\nAddress:\nMetering point:\nMeter number:"
)


def to_open(country: str | None) -> str:
    """Return the request to open the port, for a country's ISO 3166 code; in English for other countries."""
    return OPEN.get(country or "", OPEN_ELSEWHERE)


def for_keys(country: str | None) -> str:
    """Return the request for the keys, for a country's ISO 3166 code; in English for other countries."""
    return KEY_REQUESTS.get(country or "", KEY_REQUEST_ELSEWHERE)
