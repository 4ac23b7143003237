# SPDX-License-Identifier: Apache-2.0
"""Graphics servers, video cards and audio backends, as far as all hypervisors have them the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from manor.schema.domain.devices import Devices
from manor.schema.domain.graphics import Graphics, GraphicsListen, Video, VideoModel, VideoModelType
from manor.schema.domain.sound import Audio, AudioStream
from manor.schema.passes.report import missing_attribute, unsupported, xml_error

_WITH_GL: Final = frozenset({"spice", "sdl", "dbus"})
_WITH_LISTENS: Final = frozenset({"vnc", "spice", "rdp"})

_VRAM: Final = {"vga": 16384, "cirrus": 16384, "vmvga": 16384, "bochs": 16384, "xen": 4096}
"""The video memory of a card in KiB where nothing is said."""

_QXL_MEMORY: Final = 65536
_NO_MEMORY: Final = frozenset({"none", "virtio", "ramfb"})


def servers(devices: Devices) -> None:
    """Ports and listeners of every graphics server."""
    for graphics in devices.graphics:
        if graphics.type is None:
            raise missing_attribute("graphics", "type")
        if graphics.type in _WITH_LISTENS:
            _listens(graphics)
        _ports(graphics)
        if graphics.gl is not None and graphics.gl.enable is None and graphics.type in _WITH_GL:
            raise missing_attribute("gl", "enable")
        if graphics.passwd is None:
            graphics.passwd_valid_to = graphics.connected = None
        if graphics.type != "sdl":
            graphics.display = graphics.display if graphics.type == "desktop" else None
        graphics.share_policy = None if graphics.share_policy == "default" else graphics.share_policy
        graphics.default_mode = None if graphics.default_mode == "any" else graphics.default_mode


def _listens(graphics: Graphics) -> None:
    graphics.listen = graphics.listen or None
    for listen in graphics.listens:
        _check_listen(listen)
    listens = graphics.listens
    first = listens[0] if listens else None
    if graphics.socket is not None and (first is None or first.type == "address"):
        # The attribute is the older form; the first listener becomes a socket.
        listens[:1] = [GraphicsListen(type="socket", socket=graphics.socket)]
    if not listens:
        listens.append(GraphicsListen(type="address", address=graphics.listen))
    first = listens[0]
    if first.type == "address":
        if graphics.listen is not None:
            if first.address is None:
                first.address = graphics.listen
            elif first.address != graphics.listen:
                raise _mismatch("listen", graphics.listen, "address", first.address)
        graphics.listen = first.address
    elif first.type == "socket" and graphics.type == "vnc":
        if graphics.socket is not None and first.socket is not None and graphics.socket != first.socket:
            raise _mismatch("socket", graphics.socket, "socket", first.socket)
        graphics.socket = first.socket
        graphics.listen = None
    else:
        graphics.listen = None


def _mismatch(attribute: str, given: str, other: str, found: str) -> Exception:
    return unsupported(
        f"graphics '{attribute}' attribute '{given}' must match '{other}' attribute of first listen element "
        f"(found '{found}')"
    )


def _check_listen(listen: GraphicsListen) -> None:
    kind = listen.type
    if kind is None:
        raise missing_attribute("listen", "type")
    listen.address = listen.address or None
    if kind == "network":
        if not listen.network:
            raise xml_error("'network' attribute is required for listen type 'network'")
        listen.address = None
    elif listen.network is not None:
        raise xml_error("'network' attribute is valid only for listen type 'network'")
    if kind == "socket":
        if listen.address is not None:
            raise xml_error("'address' attribute is valid only for listen types 'address' and 'network'")
    elif listen.socket is not None:
        raise xml_error("'socket' attribute is valid only for listen type 'socket'")


def _vnc(graphics: Graphics) -> None:
    first = graphics.listens[0] if graphics.listens else None
    if first is not None and first.type in ("socket", "none"):
        graphics.port = graphics.autoport = graphics.websocket = None
        return
    if graphics.autoport or graphics.port == -1 or (graphics.port is None and graphics.autoport is None):
        graphics.port, graphics.autoport = -1, True
    else:
        graphics.autoport = False
    graphics.port = graphics.port or None
    graphics.websocket = graphics.websocket or None


def _spice(graphics: Graphics) -> None:
    graphics.port = graphics.port or None
    graphics.tls_port = graphics.tls_port or None
    if graphics.port == -1 and graphics.tls_port == -1:
        graphics.autoport = True
    if graphics.autoport and graphics.port is not None:
        graphics.port = graphics.tls_port = None
    first = graphics.listens[0]
    silent = graphics.port is None and graphics.tls_port is None and not graphics.autoport
    if silent and first.type == "address":
        # A server without any port listens nowhere.
        graphics.listens[0] = GraphicsListen(type="none")
        graphics.listen = None
    if graphics.listens[0].type in ("none", "socket"):
        graphics.port = graphics.tls_port = graphics.autoport = None
    elif graphics.autoport is None:
        graphics.autoport = False


def _rdp(graphics: Graphics) -> None:
    if not graphics.port:
        graphics.autoport = True
    if graphics.autoport:
        graphics.port = 0


_PORTS: Final[dict[str, Callable[[Graphics], None]]] = {"vnc": _vnc, "spice": _spice, "rdp": _rdp}


def _ports(graphics: Graphics) -> None:
    rule = _PORTS.get(graphics.type or "")
    if rule is not None:
        rule(graphics)
    else:
        graphics.autoport = None


def add_video(devices: Devices) -> None:
    """A graphics server without a card gets one."""
    if devices.graphics and not devices.videos:
        devices.videos.append(Video())


def cards(devices: Devices, default: Callable[[], VideoModelType]) -> None:
    """Model, memories and heads of every video card; the primary card comes first."""
    videos = devices.videos
    if not videos:
        return
    _primary(videos)
    for video in videos:
        model = video.model = video.model or VideoModel()
        if model.type in (None, "default"):
            model.type = default()
        if video.driver is not None:
            video.driver.vgaconf = None
        _memory(model)
        if model.type == "none":
            model.heads = None
        elif model.heads is None:
            model.heads = 1
        elif not model.heads:
            model.heads = None
    first = videos[0].model
    if first is not None:
        first.primary = True if first.type != "none" else None
    for video in videos[1:]:
        if video.model is not None:
            video.model.primary = None


def _primary(videos: list[Video]) -> None:
    marked = [video for video in videos if video.model is not None and video.model.primary]
    if len(marked) > 1:
        raise unsupported("Only one primary video device is supported")
    if marked:
        videos.remove(marked[0])
        videos.insert(0, marked[0])


def _memory(model: VideoModel) -> None:
    kind = model.type or ""
    if kind == "qxl":
        model.ram = power_of_two(model.ram or _QXL_MEMORY)
        model.vram = power_of_two(model.vram or _QXL_MEMORY)
        model.vram64 = model.vram64 or None
        return
    if kind in _NO_MEMORY:
        return
    model.vram = power_of_two(model.vram or _VRAM.get(kind))


def power_of_two(value: int | None) -> int | None:
    """A memory size as cards can have it: not less than asked for."""
    return None if value is None else 1 << max(0, value - 1).bit_length()


def audios(devices: Devices) -> None:
    """Audio backends have numbers of their own, and settings that go together."""
    known: set[int | None] = set()
    for audio in devices.audios:
        if audio.type is None:
            raise missing_attribute("audio", "type")
        if audio.id is None:
            raise missing_attribute("audio", "id")
        if audio.id in known:
            raise xml_error(f"audio ID {audio.id} is used multiple times")
        known.add(audio.id)
        _check_streams(audio)


def _check_streams(audio: Audio) -> None:
    streams: tuple[AudioStream | None, ...] = (audio.input, audio.output)
    for stream in streams:
        if stream is None:
            continue
        settings = stream.settings
        if stream.fixed_settings and stream.mixing_engine is not True:
            raise unsupported("fixed audio settings requires mixing engine")
        if settings is not None and not stream.fixed_settings:
            raise unsupported("audio settings specified without fixed settings flag")


def check_audio_users(devices: Devices) -> None:
    """The backends that sound cards and servers play through exist."""
    known = {audio.id for audio in devices.audios}
    wanted = [sound.audio for sound in devices.sounds] + [graphics.audio for graphics in devices.graphics]
    for number in wanted:
        if number is not None and number not in known:
            raise xml_error(f"no audio device with ID {number}")
