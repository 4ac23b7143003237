# SPDX-License-Identifier: Apache-2.0
"""Graphics servers, video cards, sound."""

from __future__ import annotations

from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.command.line import (
    Build,
    Props,
    address_props,
    alias_of,
    escape,
    on_off,
    virtio_driver,
    virtio_options,
)
from manor.drivers.qemu.passes.context import error
from manor.schema.domain.graphics import Graphics, GraphicsListen, Video, VideoModel
from manor.schema.domain.sound import Audio, AudioStream, Sound

VNC_BASE: Final = 5900


def audio(build: Build) -> None:
    """Audio backends."""
    for item in build.machine.devices.audios:
        build.json("audiodev", _audio(item))


def _audio(item: Audio) -> Props:
    driver = {"pulseaudio": "pa", "file": "wav"}.get(item.type or "none", item.type or "none")
    return {
        "id": f"audio{item.id}",
        "driver": driver,
        "timer-period": item.timer_period,
        "path": item.path,
        "try-mmap": item.try_mmap,
        "exclusive": item.exclusive,
        "dsp-policy": item.dsp_policy,
        "server": item.server_name,
        "in": _audio_stream(item.input),
        "out": _audio_stream(item.output),
    }


_STREAM_NAMES: Final = {
    "mixing-engine": "mixing_engine",
    "fixed-settings": "fixed_settings",
    "voices": "voices",
    "buffer-length": "buffer_length",
    "dev": "dev",
    "buffer-count": "buffer_count",
    "try-poll": "try_poll",
    "server-name": "server_name",
    "client-name": "client_name",
    "connect-ports": "connect_ports",
    "exact-name": "exact_name",
    "name": "name",
    "stream-name": "stream_name",
    "latency": "latency",
}


def _audio_stream(stream: AudioStream | None) -> Props | None:
    """One direction of an audio backend."""
    if stream is None:
        return None
    props = {name: getattr(stream, field) for name, field in _STREAM_NAMES.items()}
    settings = stream.settings
    if settings is not None:
        props |= {"frequency": settings.frequency, "channels": settings.channels, "format": settings.format_}
    return {name: value for name, value in props.items() if value is not None} or None


def graphics(build: Build) -> None:
    """Graphics servers and windows."""
    for item in build.machine.devices.graphics:
        match item.type:
            case "vnc":
                _vnc(build, item)
            case "spice":
                _spice(build, item)
            case "sdl":
                if item.fullscreen:
                    build.option("full-screen")
                build.option("display", "sdl" + (f",gl={on_off(item.gl.enable)}" if item.gl is not None else ""))
            case "egl-headless":
                node = item.gl.rendernode if item.gl is not None else None
                build.comma("display", ["egl-headless", f"rendernode={escape(node)}" if node else None])
            case "dbus":
                _dbus(build, item)
            case _:
                raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"unsupported graphics type '{item.type}'")


def _listen(item: Graphics) -> GraphicsListen:
    return item.listens[0] if item.listens else GraphicsListen(type="address")


def _socket(build: Build, listen: GraphicsListen, usual: str) -> str:
    paths = build.plan.paths
    return escape(paths.for_qemu(listen.socket or str(paths.folder / usual)))


def _vnc(build: Build, item: Graphics) -> None:
    listen = _listen(item)
    if listen.type == "socket":
        where = f"vnc=unix:{_socket(build, listen, 'vnc.sock')}"
    elif listen.type == "none":
        where = "none"
    else:
        address = listen.address or "127.0.0.1"
        if ":" in address:
            address = f"[{address}]"
        where = f"{escape(address)}:{(item.port or VNC_BASE) - VNC_BASE}"
    words: list[str | None] = [where]
    if item.websocket is not None and item.websocket >= 0:
        words.append(f"websocket={item.websocket}")
    if item.share_policy:
        words.append(f"share={item.share_policy}")
    if item.passwd is not None:
        words.append("password=on")
    if item.power_control is not None:
        words.append(f"power-control={on_off(item.power_control)}")
    words.append(_audio_of(build, item))
    build.comma("vnc", words)
    if item.keymap:
        build.option("k", item.keymap)


def _audio_of(build: Build, item: Graphics) -> str | None:
    number = item.audio
    if number is None:
        audios = build.machine.devices.audios
        number = audios[0].id if audios else None
    return f"audiodev=audio{number}" if number is not None else None


def _spice(build: Build, item: Graphics) -> None:
    listen = _listen(item)
    words: list[str | None] = []
    if listen.type == "socket":
        words += ["unix", f"addr={_socket(build, listen, 'spice.sock')}"]
    elif listen.type == "none":
        words.append("port=0")
    else:
        words.append(f"port={item.port or 0}")
        if item.tls_port is not None and item.tls_port > 0:
            words.append(f"tls-port={item.tls_port}")
        if item.port or item.tls_port:
            words.append(f"addr={listen.address or '127.0.0.1'}")
    if item.passwd is None:
        words.append("disable-ticketing=on")
    if item.default_mode in ("secure", "insecure"):
        words.append("tls-channel=default" if item.default_mode == "secure" else "plaintext-channel=default")
    for channel in item.channels:
        if channel.mode == "secure":
            words.append(f"tls-channel={channel.name}")
        elif channel.mode == "insecure":
            words.append(f"plaintext-channel={channel.name}")
    words += [
        f"image-compression={item.image}" if item.image else None,
        f"jpeg-wan-compression={item.jpeg}" if item.jpeg else None,
        f"zlib-glz-wan-compression={item.zlib}" if item.zlib else None,
        f"playback-compression={on_off(item.playback)}" if item.playback is not None else None,
        f"streaming-video={item.streaming}" if item.streaming else None,
        f"agent-mouse={'off' if item.mouse == 'server' else 'on'}" if item.mouse else None,
        "disable-copy-paste=on" if item.clipboard is False else None,
        "disable-agent-file-xfer=on" if item.filetransfer is False else None,
    ]
    if item.gl is not None and item.gl.enable:
        words.append("gl=on")
        words.append(f"rendernode={escape(item.gl.rendernode)}" if item.gl.rendernode else None)
    words.append("seamless-migration=on")
    build.comma("spice", words)
    if item.keymap:
        build.option("k", item.keymap)


def _dbus(build: Build, item: Graphics) -> None:
    words: list[str | None] = ["dbus"]
    if item.p2p:
        words.append("p2p=on")
    else:
        words.append(f"addr={escape(item.address_ or build.plan.dbus_address)}")
    if item.gl is not None and item.gl.enable:
        words.append("gl=on")
        words.append(f"rendernode={escape(item.gl.rendernode)}" if item.gl.rendernode else None)
    if item.audio is not None:
        words.append(f"audiodev=audio{item.audio}")
    build.comma("display", words)


def videos(build: Build) -> None:
    """Video cards, the primary one first."""
    for index, video in enumerate(build.machine.devices.videos):
        kind = video.model.type if video.model is not None else None
        if kind != "none":
            build.device(video_device(build, video, primary=index == 0), video)


def video_device(build: Build, video: Video, *, primary: bool) -> Props:
    """The `-device` of a card."""
    model = video.model or VideoModel()
    props: Props = {"driver": _video_driver(build, video, model, primary=primary)}
    if model.type == "virtio":
        props |= virtio_options(video.driver)
    props["id"] = alias_of(video)
    if model.type in ("qxl", "virtio"):
        props["max_outputs"] = model.heads
    if model.type == "qxl":
        props |= {
            "ram_size": (model.ram or 0) * 1024,
            "vram_size": (model.vram or 0) * 1024,
            "vram64_size_mb": (model.vram64 or 0) // 1024,
            "vgamem_mb": (model.vgamem or 0) // 1024,
        }
    elif model.type in ("vga", "vmvga") and model.vram:
        props["vgamem_mb"] = model.vram // 1024
    elif model.type == "bochs" and model.vram:
        props["vgamem"] = model.vram * 1024
    if model.resolution is not None:
        props |= {"xres": model.resolution.x, "yres": model.resolution.y}
    if model.blob is not None:
        props["blob"] = model.blob
    return {name: value for name, value in (props | address_props(build, video)).items() if value is not None}


_PRIMARY: Final = {
    "vga": "VGA",
    "cirrus": "cirrus-vga",
    "vmvga": "vmware-svga",
    "qxl": "qxl-vga",
    "bochs": "bochs-display",
    "ramfb": "ramfb",
}
_SECONDARY: Final = _PRIMARY | {"qxl": "qxl"}


def _video_driver(build: Build, video: Video, model: VideoModel, *, primary: bool) -> str:
    kind = model.type or ""
    if kind == "virtio":
        accelerated = model.acceleration is not None and bool(model.acceleration.accel3d)
        vga = (primary and build.machine.is_x86) or (primary and build.machine.is_pseries)
        if video.driver is not None and video.driver.name == "vhostuser":
            return "vhost-user-vga" if vga else "vhost-user-gpu-pci"
        if vga:
            return "virtio-vga-gl" if accelerated and build.caps.has_device("virtio-vga-gl") else "virtio-vga"
        if accelerated and build.caps.has_device("virtio-gpu-gl-pci"):
            return "virtio-gpu-gl-pci"
        return virtio_driver("virtio-gpu", None, video)
    driver = (_PRIMARY if primary else _SECONDARY).get(kind)
    if driver is None:
        raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"video type {kind} is not supported with QEMU")
    return driver


_SOUND: Final = {
    "es1370": "ES1370",
    "ac97": "AC97",
    "ich6": "intel-hda",
    "ich9": "ich9-intel-hda",
    "usb": "usb-audio",
    "sb16": "sb16",
}


def sounds(build: Build) -> None:
    """Sound cards and their codecs."""
    for sound in build.machine.devices.sounds:
        if sound.model == "pcspk":
            continue
        driver = _SOUND.get(sound.model or "")
        if driver is None:
            raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"sound card model '{sound.model}' is not supported by qemu")
        backend = f"audio{_sound_audio(build, sound)}"
        props: Props = {"driver": driver, "id": alias_of(sound)}
        if sound.model not in ("ich6", "ich9"):
            props["audiodev"] = backend
        build.device(props | address_props(build, sound), sound)
        if sound.model in ("ich6", "ich9"):
            _codecs(build, sound, backend)


def _sound_audio(build: Build, sound: Sound) -> int | None:
    if sound.audio is not None:
        return sound.audio
    audios = build.machine.devices.audios
    return audios[0].id if audios else 1


_CODECS: Final = {"duplex": "hda-duplex", "micro": "hda-micro", "output": "hda-output"}


def _codecs(build: Build, sound: Sound, backend: str) -> None:
    alias = alias_of(sound)
    for number, codec in enumerate(sound.codecs or ["duplex"]):
        build.device(
            {
                "driver": _CODECS[codec],
                "id": f"{alias}-codec{number}",
                "bus": f"{alias}.0",
                "cad": number,
                "audiodev": backend,
            }
        )
