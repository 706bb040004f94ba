"""AES-128 as DLMS uses it. Apart from the rest: most meters are not encrypted, and `cryptography` is slow to load."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CTR, GCM


def verified(key: bytes, vector: bytes, text: bytes, tag: bytes, beside: bytes) -> bytes | None:
    """Return the plaintext (GCM) if the tag is right for it and what stands beside it, and None if it is not."""
    cipher = Cipher(AES128(key), GCM(vector, tag, min_tag_length=len(tag))).decryptor()
    cipher.authenticate_additional_data(beside)
    plaintext = cipher.update(text)
    try:
        cipher.finalize()
    except InvalidTag:
        return None
    return plaintext


def unverified(key: bytes, vector: bytes, text: bytes) -> bytes:
    """Return what the key makes of the text, right or wrong: GCM without its tag is CTR, counted from 2."""
    return Cipher(AES128(key), CTR(vector + (2).to_bytes(4))).decryptor().update(text)
