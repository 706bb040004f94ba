"""One decoder in a process of its own: measures itself when it is told to.

It needs nothing but its own packages, in a folder that is first on the path. The first line it reads is a JSON object:
"frames", workload -> frames as hex, and "keys", the two of the encrypted ones. Each line after it is the name of a
workload, and is answered by the CPU time in ns that a frame took; 0 if it cannot read it.

With numbers behind its name it forks for each workload and number, reads so many frames, and tells the process that did
(ID, workload, number), for somebody who counts the instructions of each process.
"""

from collections.abc import Callable
from contextlib import redirect_stdout
import json
import os
import sys
import time

type Read = Callable[[bytes], object]
type Keys = tuple[bytes, bytes]
"""For encryption and for authentication."""


def han_port(keys: Keys) -> Read:
    """Return ours: checked, deciphered, named and scaled."""
    import decoder  # noqa: PLC0415 - one contender a process, and ours by itself: it needs no Home Assistant

    line = decoder.Decoder(keys=decoder.Keys(*keys))

    def read(frame: bytes) -> object:
        return [event for event in line.receive(frame) if isinstance(event, decoder.Reading)]

    return read


def amshan(_keys: Keys) -> Read:
    """Return what the integration AMS HAN stands on: checked, named and scaled."""
    from han.autodecoder import AutoDecoder  # noqa: PLC0415 - see above
    from han.dlde import ModeDReader  # noqa: PLC0415 - see above
    from han.hdlc import HdlcFrameReader  # noqa: PLC0415 - see above

    decoder, hdlc, mode_d = AutoDecoder(), HdlcFrameReader(False), ModeDReader()  # noqa: FBT003 - its own interface

    def read(frame: bytes) -> object:
        messages = (mode_d if frame[:1] == b"/" else hdlc).read(frame)
        return [said for message in messages if message.is_valid and (said := decoder.decode_message(message))]

    return read


def dsmr_parser(_keys: Keys) -> Read:
    """Return what Home Assistant reads P1 with."""
    from dsmr_parser.parsers import TelegramParser  # noqa: PLC0415 - see above
    from dsmr_parser.telegram_specifications import SWEDEN  # noqa: PLC0415 - see above

    parser = TelegramParser(SWEDEN)
    return lambda frame: parser.parse(frame.decode("ascii"))


def dlms_cosem(keys: Keys) -> Read:
    """Return a library of DLMS: structure alone, without names and scales of makers."""
    from dlms_cosem.hdlc.frames import UnnumberedInformationFrame  # noqa: PLC0415 - see above
    from dlms_cosem.protocol.xdlms import DataNotification, GeneralGlobalCipher  # noqa: PLC0415 - see above
    from dlms_cosem.security import decrypt  # noqa: PLC0415 - see above
    from dlms_cosem.utils import parse_as_dlms_data  # noqa: PLC0415 - see above

    def clear(apdu: bytes) -> bytes:
        sealed = GeneralGlobalCipher.from_bytes(apdu)
        title, counter = bytes(sealed.system_title), sealed.invocation_counter
        return decrypt(sealed.security_control, title, counter, keys[0], sealed.ciphered_text, keys[1])

    def read(frame: bytes) -> object:
        content = UnnumberedInformationFrame.from_bytes(frame).information
        apdu = content[3:] if content[:1] == b"\xe6" else content
        if apdu[:1] == b"\xdb":
            apdu = clear(apdu)
        return parse_as_dlms_data(DataNotification.from_bytes(apdu[apdu.index(b"\x0f") :]).body)

    return read


def gurux_dlms(keys: Keys) -> Read:
    """Return another: structure alone."""
    from gurux_dlms import GXByteBuffer, GXDLMSClient, GXReplyData  # noqa: PLC0415 - see above
    from gurux_dlms.enums import Security  # noqa: PLC0415 - see above
    from gurux_dlms.secure import GXDLMSSecureClient  # noqa: PLC0415 - see above

    plain, sealed = GXDLMSClient(True), GXDLMSSecureClient(True)  # noqa: FBT003 - its own interface
    sealed.ciphering.security = Security.AUTHENTICATION_ENCRYPTION
    sealed.ciphering.blockCipherKey, sealed.ciphering.authenticationKey = map(bytearray, keys)

    def read(frame: bytes) -> object:
        notify = GXReplyData()
        client = sealed if b"\xdb\x08" in frame[:16] else plain
        client.getData(GXByteBuffer(frame), GXReplyData(), notify)
        return notify.value

    return read


def main() -> None:
    """Answer until there are no more questions."""
    given = json.loads(sys.stdin.readline())
    read: Read = globals()[sys.argv[1]](tuple(map(bytes.fromhex, given["keys"])))
    frames = {name: [bytes.fromhex(each) for each in texts] for name, texts in given["frames"].items()}
    answers = sys.stdout
    if numbers := [int(word) for word in sys.argv[2:]]:
        for name in frames:
            for number in numbers:
                _read_apart(read, frames[name][:number], name)
        return
    with redirect_stdout(None):  # one of them talks while it works
        for line in sys.stdin:
            print(_measured(read, frames[line.strip()]), file=answers, flush=True)


def _read_apart(read: Read, frames: list[bytes], workload: str) -> None:
    child = os.fork()
    if not child:
        code = 0 if _measured(read, frames) else 1
        os._exit(code)
    if not os.waitpid(child, 0)[1]:
        print(child, workload, len(frames), sep="\t", flush=True)


def _measured(read: Read, frames: list[bytes]) -> float:
    try:
        if not read(frames[0]):
            return 0.0
        begin = time.thread_time_ns()
        for frame in frames:
            read(frame)
        return (time.thread_time_ns() - begin) / len(frames)
    except Exception:  # noqa: BLE001 - what it cannot read it may say in any way
        return 0.0


if __name__ == "__main__":
    main()
