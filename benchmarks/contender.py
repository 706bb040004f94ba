"""One decoder in a process of its own: measures itself when it is told to.

It needs nothing but its own packages, in a folder that is first on the path. The first line it reads is a JSON object,
workload -> frames as hex; each line after it is the name of a workload, and is answered by the CPU time in ns that a
frame took; 0 if it cannot read it.
"""

from collections.abc import Callable
import json
import sys
import time

type Read = Callable[[bytes], object]


def han_port() -> Read:
    """Return ours: checked, named and scaled."""
    from custom_components.han_port.decoder import Decoder, Reading  # noqa: PLC0415 - one contender a process

    decoder = Decoder()

    def read(frame: bytes) -> object:
        return [event for event in decoder.receive(frame) if isinstance(event, Reading)]

    return read


def amshan() -> Read:
    """Return what the integration AMS HAN stands on: checked, named and scaled."""
    from han.autodecoder import AutoDecoder  # noqa: PLC0415 - see above
    from han.dlde import ModeDReader  # noqa: PLC0415 - see above
    from han.hdlc import HdlcFrameReader  # noqa: PLC0415 - see above

    decoder, hdlc, mode_d = AutoDecoder(), HdlcFrameReader(False), ModeDReader()  # noqa: FBT003 - its own interface

    def read(frame: bytes) -> object:
        messages = (mode_d if frame[:1] == b"/" else hdlc).read(frame)
        return [decoder.decode_message(message) for message in messages if message.is_valid]

    return read


def dsmr_parser() -> Read:
    """Return what Home Assistant reads P1 with."""
    from dsmr_parser.parsers import TelegramParser  # noqa: PLC0415 - see above
    from dsmr_parser.telegram_specifications import SWEDEN  # noqa: PLC0415 - see above

    parser = TelegramParser(SWEDEN)
    return lambda frame: parser.parse(frame.decode("ascii"))


def dlms_cosem() -> Read:
    """Return a library of DLMS: structure alone, without names and scales of makers."""
    from dlms_cosem.hdlc.frames import UnnumberedInformationFrame  # noqa: PLC0415 - see above
    from dlms_cosem.protocol.xdlms import DataNotification  # noqa: PLC0415 - see above
    from dlms_cosem.utils import parse_as_dlms_data  # noqa: PLC0415 - see above

    def read(frame: bytes) -> object:
        content = UnnumberedInformationFrame.from_bytes(frame).information
        return parse_as_dlms_data(DataNotification.from_bytes(content[content.index(b"\x0f") :]).body)

    return read


def gurux_dlms() -> Read:
    """Return another: structure alone."""
    from gurux_dlms import GXByteBuffer, GXDLMSClient, GXReplyData  # noqa: PLC0415 - see above

    client = GXDLMSClient(True)  # noqa: FBT003 - its own interface

    def read(frame: bytes) -> object:
        notify = GXReplyData()
        client.getData(GXByteBuffer(frame), GXReplyData(), notify)
        return notify.value

    return read


def main() -> None:
    """Answer until there are no more questions."""
    read: Read = globals()[sys.argv[1]]()
    frames = {name: [bytes.fromhex(each) for each in texts] for name, texts in json.loads(sys.stdin.readline()).items()}
    for line in sys.stdin:
        print(_measured(read, frames[line.strip()]), flush=True)


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
