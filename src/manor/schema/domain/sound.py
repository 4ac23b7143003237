# SPDX-License-Identifier: Apache-2.0
"""Sound cards and the audio backends that play and record for them."""

from __future__ import annotations

from typing import Literal

from manor.schema.common.address import Device
from manor.schema.core import Element, attr, child, children, codec, one, unsupported

SoundModel = Literal["sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "ich7"]
AudioType = Literal["none", "alsa", "coreaudio", "jack", "oss", "pulseaudio", "sdl", "spice", "file", "dbus"]


class Sound(Device, tag="sound"):
    """A sound card; `audio` names the backend by its number."""

    model: SoundModel | None = attr()
    codecs: list[Literal["duplex", "micro", "output"]] = children(
        "codec",
        at="type",
        error=unsupported("unknown codec type '{value}'"),
        missing=unsupported("unknown codec type '(null)'"),
    )
    audio: int | None = child(at="id")


class AudioSettings(Element, tag="settings"):
    """A fixed sample format."""

    frequency: int | None = attr()
    channels: int | None = attr()
    format_: Literal["s8", "u8", "s16", "u16", "s32", "u32", "f32"] | None = attr()


class AudioStream(Element):
    """One direction of an audio backend. Buffer lengths and latencies in microseconds."""

    mixing_engine: bool | None = attr("mixingEngine")
    fixed_settings: bool | None = attr("fixedSettings")
    voices: int | None = attr()
    buffer_length: int | None = attr("bufferLength")
    dev: str | None = attr()
    buffer_count: int | None = attr("bufferCount")
    try_poll: bool | None = attr("tryPoll")
    server_name: str | None = attr("serverName")
    client_name: str | None = attr("clientName")
    connect_ports: str | None = attr("connectPorts")
    exact_name: bool | None = attr("exactName")
    name: str | None = attr()
    stream_name: str | None = attr("streamName")
    latency: int | None = attr()
    settings: AudioSettings | None = one()


class AudioInput(AudioStream, tag="input"):
    """Recording."""


class AudioOutput(AudioStream, tag="output"):
    """Playing."""


class Audio(Element, tag="audio"):
    """An audio backend of the host; `timer_period` in microseconds."""

    id: int | None = attr(codec=codec.non_zero)
    type: AudioType | None = attr()
    timer_period: int | None = attr("timerPeriod")
    try_mmap: bool | None = attr("tryMMap")
    exclusive: bool | None = attr()
    dsp_policy: int | None = attr("dspPolicy", codec=codec.signed)
    server_name: str | None = attr("serverName")
    driver: Literal["esd", "alsa", "arts", "pulseaudio"] | None = attr()
    path: str | None = attr()
    input: AudioInput | None = one()
    output: AudioOutput | None = one()
