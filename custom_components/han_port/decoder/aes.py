"""AES-128-GCM as DLMS uses it (IEC 62056-5-3, security suite 0).

Apart from cipher.py, since most meters do not encrypt and `cryptography` is slow to import.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CTR, GCM


def verified(key: bytes, initial_vector: bytes, text: bytes, tag: bytes, associated_data: bytes) -> bytes | None:
    """Return the plaintext if the tag is right for it and the associated data, else None."""
    cipher = Cipher(AES128(key), GCM(initial_vector, tag, min_tag_length=len(tag))).decryptor()
    cipher.authenticate_additional_data(associated_data)
    plaintext = cipher.update(text)
    try:
        cipher.finalize()
    except InvalidTag:
        return None
    return plaintext


def unverified(key: bytes, initial_vector: bytes, text: bytes) -> bytes:
    """Return what the key makes of the text, right or wrong: GCM without its tag is CTR with a counter from 2."""
    return Cipher(AES128(key), CTR(initial_vector + (2).to_bytes(4))).decryptor().update(text)
