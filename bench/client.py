# SPDX-License-Identifier: Apache-2.0
"""The measured work, from the client's seat; run as a program by the stock interpreter or by manor's.

    client.py BODY URI ARGUMENTS-AS-JSON

Uses libvirt's Python API only, so the same body measures libvirtd, manord and manor in this process. A
body returns its samples, in seconds unless its text says otherwise; they are printed as JSON.
"""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import libvirt

GUEST = """\
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <controller type='usb' model='none'/>
    <memballoon model='virtio'/>
    <serial type='null'/>
    {devices}
  </devices>
</domain>
"""


def guest(name: str, devices: str = "") -> str:
    """A guest without an operating system: QEMU and its firmware are all that starts."""
    return GUEST.format(name=name, devices=devices)


def sample(work: Callable[[], object], times: int, warm: int = 1) -> list[float]:
    """How long each of so many calls took, after some that do not count."""
    for _ in range(warm):
        work()
    samples = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        samples.append(time.perf_counter() - begin)
    return samples


def cleanup(conn: Any, prefix: str) -> None:
    """End and forget all guests of a body."""
    for dom in conn.listAllDomains():
        if dom.name().startswith(prefix):
            persistent = dom.isPersistent()
            if dom.isActive():
                dom.destroy()
            if persistent:
                dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE)


def connection(uri: str, times: int = 200) -> list[float]:
    return sample(lambda: libvirt.open(uri).close(), times, warm=5)


def lib_version(uri: str, times: int = 3000) -> list[float]:
    conn = libvirt.open(uri)
    return sample(conn.getLibVersion, times, warm=50)


def _on_one_guest(uri: str, choose: Callable[[Any], Callable[[], object]], times: int) -> list[float]:
    conn = libvirt.open(uri)
    dom = conn.defineXML(guest("bench-one"))
    try:
        return sample(choose(dom), times, warm=50)
    finally:
        dom.undefine()


def info(uri: str, times: int = 2000) -> list[float]:
    return _on_one_guest(uri, lambda dom: dom.info, times)


def dump_xml(uri: str, times: int = 2000) -> list[float]:
    return _on_one_guest(uri, lambda dom: dom.XMLDesc, times)


def lookup(uri: str, times: int = 2000) -> list[float]:
    conn = libvirt.open(uri)
    return _on_one_guest(uri, lambda _dom: lambda: conn.lookupByName("bench-one"), times)


def define(uri: str, times: int = 100) -> list[float]:
    """New definitions, each of another name."""
    conn = libvirt.open(uri)
    names = (guest(f"bench-def-{number}") for number in range(times + 1))
    try:
        return sample(lambda: conn.defineXML(next(names)), times)
    finally:
        cleanup(conn, "bench-def-")


def undefine(uri: str, times: int = 100) -> list[float]:
    conn = libvirt.open(uri)
    doms = iter([conn.defineXML(guest(f"bench-undef-{number}")) for number in range(times + 1)])
    return sample(lambda: next(doms).undefine(), times)


def fill(uri: str, guests: int) -> list[float]:
    """Define so many guests that stay, for bodies after this one; no samples."""
    conn = libvirt.open(uri)
    present = conn.numOfDefinedDomains()
    for number in range(present, guests):
        conn.defineXML(guest(f"bench-fill-{number:05d}"))
    return []


def unfill(uri: str) -> list[float]:
    """Undo `fill`; no samples."""
    cleanup(libvirt.open(uri), "bench-fill-")
    return []


def start_many(uri: str, guests: int) -> list[float]:
    """Start so many guests that stay, for what follows; no samples."""
    conn = libvirt.open(uri)
    for number in range(guests):
        conn.createXML(guest(f"bench-many-{number}"), 0)
    return []


def end_many(uri: str) -> list[float]:
    """Undo `start_many`; no samples."""
    cleanup(libvirt.open(uri), "bench-many-")
    return []


def list_guests(uri: str, times: int = 100) -> list[float]:
    conn = libvirt.open(uri)
    return sample(conn.listAllDomains, times, warm=3)


def start(uri: str, times: int = 10, paused: bool = False) -> list[float]:
    """createXML until it returns; the guest's end is not counted."""
    conn = libvirt.open(uri)
    flags = libvirt.VIR_DOMAIN_START_PAUSED if paused else 0
    samples = []
    for number in range(times + 1):
        begin = time.perf_counter()
        dom = conn.createXML(guest("bench-start"), flags)
        if number:
            samples.append(time.perf_counter() - begin)
        dom.destroy()
    return samples


def destroy(uri: str, times: int = 10) -> list[float]:
    conn = libvirt.open(uri)
    samples = []
    for _ in range(times):
        dom = conn.createXML(guest("bench-destroy"), 0)
        begin = time.perf_counter()
        dom.destroy()
        samples.append(time.perf_counter() - begin)
    return samples


def storm(uri: str, clients: int = 8, each: int = 2) -> list[float]:
    """So many clients at once, each starting and destroying a guest so many times: the whole of it."""

    def work(number: int) -> None:
        conn = libvirt.open(uri)
        for _ in range(each):
            conn.createXML(guest(f"bench-storm-{number}"), 0).destroy()
        conn.close()

    return [_in_threads(work, clients)]


def _in_threads(work: Callable[[int], None], count: int) -> float:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def bystander(uri: str, seconds: float = 3.0, quantile: float = 0.5) -> list[float]:
    """One client's getLibVersion while eight others start and destroy; the quantile asked for."""
    over = threading.Event()

    def work(number: int) -> None:
        conn = libvirt.open(uri)
        while not over.is_set():
            conn.createXML(guest(f"bench-by-{number}"), 0).destroy()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    try:
        # A process of its own, so that Python's lock is not what is measured.
        samples = _other_process(uri, seconds)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return [sorted(samples)[int(len(samples) * quantile)]]


def _other_process(uri: str, seconds: float) -> list[float]:
    command = [sys.executable, *_isolation(), __file__, "calls_for", uri, json.dumps({"seconds": seconds})]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    samples = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(samples, list)
    return samples


def _isolation() -> list[str]:
    return ["-I"] if sys.flags.isolated else []


def calls_for(uri: str, seconds: float) -> list[float]:
    conn = libvirt.open(uri)
    end = time.perf_counter() + seconds
    samples = []
    while (begin := time.perf_counter()) < end:
        conn.getLibVersion()
        samples.append(time.perf_counter() - begin)
    return samples


def crowd(uri: str, clients: int, seconds: float) -> list[list[float]]:
    """How long each call took, for each of so many client processes together."""
    children = []
    for _ in range(clients):
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            with os.fdopen(write_end, "w") as output:
                json.dump(calls_for(uri, seconds), output)
            os._exit(0)
        os.close(write_end)
        children.append((pid, read_end))
    found = []
    for pid, read_end in children:
        with os.fdopen(read_end) as answer:
            found.append(json.load(answer))
        os.waitpid(pid, 0)
    return found


def throughput(uri: str, clients: int, seconds: float = 2.0) -> list[float]:
    """Calls per second of so many client processes together."""
    return [sum(map(len, crowd(uri, clients, seconds))) / seconds]


def crowded(uri: str, clients: int, quantile: float, seconds: float = 2.0) -> list[float]:
    """How long a call takes among so many client processes: the given quantile of all calls."""
    samples = sorted(sample for samples in crowd(uri, clients, seconds) for sample in samples)
    return [samples[int(len(samples) * quantile)]]


def save(uri: str, folder: str, times: int = 8) -> list[float]:
    return _save_and_restore(uri, folder, times)[0]


def restore(uri: str, folder: str, times: int = 8) -> list[float]:
    return _save_and_restore(uri, folder, times)[1]


def _save_and_restore(uri: str, folder: str, times: int) -> tuple[list[float], list[float]]:
    conn = libvirt.open(uri)
    path = os.path.join(folder, "bench.save")
    saves, restores = [], []
    dom = conn.createXML(guest("bench-save"), 0)
    for _ in range(times):
        begin = time.perf_counter()
        dom.save(path)
        middle = time.perf_counter()
        conn.restore(path)
        restores.append(time.perf_counter() - middle)
        saves.append(middle - begin)
        dom = conn.lookupByName("bench-save")
    dom.destroy()
    os.unlink(path)
    return saves, restores


def managed_save(uri: str, times: int = 8, start: bool = False) -> list[float]:
    """managedSave, or the start from what it saved."""
    conn = libvirt.open(uri)
    dom = conn.defineXML(guest("bench-managed"))
    dom.create()
    saves, starts = [], []
    try:
        for _ in range(times):
            begin = time.perf_counter()
            dom.managedSave()
            middle = time.perf_counter()
            dom.create()
            starts.append(time.perf_counter() - middle)
            saves.append(middle - begin)
    finally:
        cleanup(conn, "bench-managed")
    return starts if start else saves


def suspend_resume(uri: str, times: int = 100) -> list[float]:
    """Both together."""
    conn = libvirt.open(uri)
    dom = conn.createXML(guest("bench-suspend"), 0)

    def work() -> None:
        dom.suspend()
        dom.resume()

    try:
        return sample(work, times, warm=3)
    finally:
        dom.destroy()


def event_latency(uri: str, times: int = 100) -> list[float]:
    """From a call to suspend until its event in another connection."""
    libvirt.virEventRegisterDefaultImpl()
    seen: list[float] = []
    arrived = threading.Event()

    def callback(*_: object) -> None:
        seen.append(time.perf_counter())
        arrived.set()

    listener = libvirt.open(uri)
    listener.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, callback, None)
    threading.Thread(target=_run_events, daemon=True).start()
    conn = libvirt.open(uri)
    dom = conn.createXML(guest("bench-event"), 0)
    time.sleep(0.3)
    samples = []
    for _ in range(times):
        arrived.clear()
        seen.clear()
        begin = time.perf_counter()
        dom.suspend()
        arrived.wait(10)
        samples.append(seen[0] - begin)
        arrived.clear()
        dom.resume()
        arrived.wait(10)
        time.sleep(0.005)
    dom.destroy()
    return samples


def _run_events() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()


def all_stats(uri: str, groups: str = "all", guests: int = 20, times: int = 20) -> list[float]:
    """getAllDomainStats over so many running guests."""
    masks = {
        "all": 0,
        "balloon+cpu": libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_CPU_TOTAL,
        "state": libvirt.VIR_DOMAIN_STATS_STATE,
    }
    conn = libvirt.open(uri)
    try:
        for number in range(guests):
            conn.createXML(guest(f"bench-stats-{number}"), 0)
        return sample(lambda: conn.getAllDomainStats(masks[groups]), times, warm=2)
    finally:
        cleanup(conn, "bench-stats-")


def capabilities(uri: str, times: int = 100, first: bool = False) -> list[float]:
    """getCapabilities: the first one of a fresh daemon, or later ones."""
    conn = libvirt.open(uri)
    begin = time.perf_counter()
    conn.getCapabilities()
    took = time.perf_counter() - begin
    return [took] if first else sample(conn.getCapabilities, times)


# What one message of a stream carries at most: libvirt sends it whole.
_CHUNK = os.urandom(262120)


def volume(uri: str, folder: str, download: bool = False, mebibytes: int = 256) -> list[float]:
    """Bytes per second through a stream, in one direction."""
    conn = libvirt.open(uri)
    pool = conn.storagePoolCreateXML(
        f"<pool type='dir'><name>bench</name><target><path>{folder}</path></target></pool>", 0
    )
    count = (mebibytes << 20) // len(_CHUNK)
    size = count * len(_CHUNK)
    vol = pool.createXML(f"<volume><name>bench</name><capacity unit='bytes'>{size}</capacity></volume>", 0)
    try:
        upload_took = _upload(conn, vol, count)
        return [size / (_download(conn, vol, size) if download else upload_took)]
    finally:
        vol.delete()
        pool.destroy()


def _upload(conn: Any, vol: Any, count: int) -> float:
    stream = conn.newStream()
    begin = time.perf_counter()
    vol.upload(stream, 0, count * len(_CHUNK))
    for _ in range(count):
        rest = _CHUNK
        while rest:
            rest = rest[stream.send(rest) :]
    stream.finish()
    return time.perf_counter() - begin


def _download(conn: Any, vol: Any, size: int) -> float:
    stream = conn.newStream()
    begin = time.perf_counter()
    vol.download(stream, 0, size)
    while stream.recv(len(_CHUNK)):
        pass
    stream.finish()
    return time.perf_counter() - begin


def first_answer(uri: str) -> list[float]:
    """When the daemon answered first, on the monotonic clock; says `ready` before it starts to try."""
    print("ready", flush=True)
    while True:
        try:
            libvirt.open(uri).getLibVersion()
        except libvirt.libvirtError:
            time.sleep(0.001)
        else:
            return [time.monotonic()]


def native_arguments(uri: str) -> list[str]:
    """The command line of QEMU for the measured guest, so that a bare QEMU can be given the same."""
    text = libvirt.open(uri).domainXMLToNative("qemu-argv", guest("bench-start"), 0)
    return shlex.split(text)


def main() -> None:
    """Run the body that the arguments name and print what it returns."""
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    body = globals()[sys.argv[1]]
    print("\n" + json.dumps(body(sys.argv[2], **json.loads(sys.argv[3]))))


if __name__ == "__main__":
    main()
