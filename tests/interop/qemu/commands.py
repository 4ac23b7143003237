# SPDX-License-Identifier: Apache-2.0
"""The stock virsh commands that are given to manord and to a real libvirtd, in the order of a guest's life.

One command a line. `DIR` is a side's folder with the files of `sides.py`. A line that starts with `#` has every
number masked in its answer: figures of the host or of the clock. One that starts with `?` is repeated until it
succeeds, because it waits for something in the guest; what it says is not compared. Sections run in this order on the
same two daemons, and each ends with what it defined gone.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final[dict[str, str]] = {
    "host": """
        version
        uri
        hostname
        nodeinfo
        nodecpumap
        nodecpumap --pretty
        #freecell
        #freecell --all
        #freecell 0
        freecell 77
        maxvcpus
        maxvcpus qemu
        maxvcpus kvm
        maxvcpus xen
        sysinfo
        capabilities
        cpu-models x86_64
        cpu-models nosuch
        domcapabilities
        domcapabilities --machine q35
        domcapabilities --machine nosuch
        domcapabilities --arch nosuch
        domcapabilities --virttype xen
        #nodememstats
        nodememstats --cell 77
        #nodecpustats
        #nodecpustats --cpu 0
        nodecpustats --cpu 99
        node-memory-tune
        nodesevinfo
        #freepages --all
        #freepages --cellno 0 --pagesize 4
        freepages --cellno 0 --pagesize 5
        cpu-compare DIR/cpu.xml
        cpu-compare DIR/badcpu.xml
        cpu-baseline DIR/cpu.xml
        hypervisor-cpu-compare DIR/cpu.xml --virttype qemu
        hypervisor-cpu-baseline DIR/cpu.xml --virttype qemu
        list
        list --all
        list --all --name
        domstats
    """,
    "services": """
        net-list --all
        net-info nosuch
        pool-list --all
        pool-info nosuch
        vol-list nosuch
        secret-list
        secret-dumpxml 8fe63bd7-8925-4400-8218-7191890ac31d
        nwfilter-list
        nwfilter-dumpxml nosuch
        nwfilter-binding-list
        iface-list --all
        iface-dumpxml nosuch
        nodedev-list
        nodedev-dumpxml nosuch
    """,
    "definition": """
        define DIR/nonexist.xml
        define DIR/broken.xml
        define DIR/unnamed.xml
        define DIR/badmachine.xml
        define DIR/badarch.xml
        define DIR/unknown.xml
        define DIR/unknown.xml --validate
        define DIR/lxc.xml
        define DIR/g.xml
        define DIR/g.xml
        define DIR/other-uuid.xml
        define DIR/other-name.xml
        list --all
        list --all --uuid
        list --inactive --name
        list --all --persistent
        list --all --transient
        list --all --with-managed-save --title
        dominfo g
        dominfo nosuch
        domstate g
        domstate g --reason
        domcontrol g
        dumpxml g
        dumpxml g --inactive
        dumpxml g --security-info
        dumpxml g --migratable
        dumpxml g --update-cpu
        dumpxml nosuch
        domid g
        domuuid g
        domname 8fe63bd7-8925-4400-8218-7191890ac31c
        domname 8fe63bd7-8925-4400-8218-7191890ac31d
        vcpucount g
        vcpucount g --maximum --live
        #vcpuinfo g
        vcpupin g
        vcpupin g 0 0
        vcpupin g 7 0
        vcpupin g
        emulatorpin g
        emulatorpin g 0
        emulatorpin g
        iothreadinfo g
        iothreadadd g 1 --config
        iothreadadd g 1 --config
        iothreadinfo g
        iothreaddel g 1 --config
        iothreaddel g 1 --config
        domblklist g
        domblklist g --details
        domiflist g
        domblkinfo g vda
        domblkinfo g vdz
        domblkstat g vda
        domifstat g vnet0
        dommemstat g
        domstats g
        domif-getlink g 52:54:00:11:22:33
        domif-setlink g 52:54:00:11:22:33 down --config
        domif-getlink g 52:54:00:11:22:33 --config
        domif-setlink g 52:54:00:11:22:33 up --config
        desc g
        desc g --title
        desc g --title --new-desc 'a title'
        desc g --new-desc 'what it is for'
        desc g
        list --all --title
        metadata g urn:x
        metadata g urn:x --set '<a>1</a>' --key k
        metadata g urn:x
        metadata g urn:x --set '<a' --key k
        metadata g urn:x --remove
        autostart g
        dominfo g
        list --all --autostart
        autostart g --disable
        schedinfo g
        schedinfo g --set cpu_shares=512 --config
        schedinfo g --set nosuch=1 --config
        memtune g
        memtune g --hard-limit 200000 --config
        memtune g
        blkiotune g
        numatune g
        blkdeviotune g vda
        blkdeviotune g vda --total-bytes-sec 1000000 --config
        blkdeviotune g vda
        domiftune g 52:54:00:11:22:33
        setmem g 32768 --config
        setmem g 32768
        setmaxmem g 65536 --config
        setmem g 65536 --config
        setvcpus g 1 --config
        setvcpus g 9 --config
        setvcpus g 9 --config --maximum
        vcpucount g
        setvcpus g 2 --config --maximum
        set-lifecycle-action g reboot destroy --config
        set-lifecycle-action g nosuch destroy --config
        change-media g hda DIR/d.qcow2 --config
        change-media g hda --eject --config
        change-media g vda DIR/d.qcow2 --config
        attach-disk g DIR/e.qcow2 vdb --config --subdriver qcow2
        attach-disk g DIR/e.qcow2 vdb --config --subdriver qcow2
        domblklist g
        detach-disk g vdb --config
        detach-disk g vdb --config
        attach-interface g user --mac 52:54:00:11:22:44 --config
        domiflist g
        detach-interface g user --mac 52:54:00:11:22:44 --config
        domxml-to-native qemu-argv --domain nosuch
        domxml-to-native nosuch --domain g
        domxml-from-native qemu-argv DIR/cpu.xml
        undefine g
        undefine g
    """,
    "off": """
        define DIR/g.xml
        suspend g
        resume g
        shutdown g
        reboot g
        reset g
        destroy g
        save g DIR/g.save
        managedsave g
        managedsave-remove g
        managedsave-dumpxml g
        dump g DIR/g.dump
        screenshot g DIR/s.png
        send-key g KEY_A
        inject-nmi g
        domjobinfo g
        domjobabort g
        domblkerror g
        domblkthreshold g vda 1
        blockresize g vda 64M
        domdisplay g
        vncdisplay g
        ttyconsole g
        domifaddr g
        domhostname g
        domtime g
        domfsinfo g
        domfsfreeze g
        domfstrim g
        guestinfo g
        guestvcpus g
        set-user-password g root x
        qemu-monitor-command g --hmp info
        qemu-agent-command g {}
        dompmsuspend g mem
        dompmwakeup g
        perf g
        snapshot-list g
        checkpoint-list g
        create DIR/missing-image.xml
        create DIR/missing-emulator.xml
        create DIR/bad-kernel.xml
        domstate t
        undefine g
    """,
    "running": """
        define DIR/g.xml
        start g
        start g
        list
        list --state-running --name
        list --state-paused --name
        dominfo g
        domid g
        domname 9999
        domstate g --reason
        dumpxml g
        dumpxml g --inactive
        dumpxml g --migratable
        dumpxml g --update-cpu
        domdisplay g
        domdisplay g --all
        domdisplay g --type spice
        vncdisplay g
        ttyconsole g
        domblklist g --details
        domiflist g
        domblkstat g vda
        domblkstat g vda --human
        domblkstat g
        domblkinfo g vda
        domblkinfo g --all
        domblkinfo g vda --human
        domblkerror g
        domifstat g vnet9
        dommemstat g
        dommemstat g --period 5
        domstats g
        domstats --state --cpu-total --running
        domjobinfo g
        domjobabort g
        domcontrol g
        vcpucount g
        vcpucount g --guest
        vcpuinfo g
        vcpuinfo g --pretty
        vcpupin g
        vcpupin g 0 0 --live
        vcpupin g 0 --live
        emulatorpin g
        #cpu-stats g --total
        iothreadinfo g
        iothreadadd g 4
        iothreadinfo g
        iothreaddel g 4
        domifaddr g
        domifaddr g --source agent
        domhostname g
        domtime g
        domfsinfo g
        guestinfo g
        guestvcpus g
        qemu-monitor-command g --hmp info status
        qemu-monitor-command g '{"execute":"query-name"}'
        qemu-monitor-command g '{"execute":"nosuch"}'
        qemu-monitor-command g --cmd '{"execute":"query-status"}' --pretty
        qemu-agent-command g '{"execute":"guest-ping"}'
        suspend g
        domstate g --reason
        list --state-paused
        suspend g
        resume g
        domstate g --reason
        resume g
        reset g
        setmem g 32768
        setmem g 999999
        setmaxmem g 999999
        setvcpus g 1
        setvcpus g 5
        setvcpus g 1 --config
        vcpucount g
        setvcpus g 2 --config
        send-key g KEY_A
        send-key g --codeset atset1 30
        send-key g KEY_NOSUCH
        inject-nmi g
        send-process-signal g 1 nop
        screenshot g DIR/s.png
        screenshot g DIR/s.png --screen 4
        domblkthreshold g vda 1000000
        blkdeviotune g vda
        blkdeviotune g vda --total-iops-sec 1000 --live
        blkdeviotune g vda
        domiftune g 52:54:00:11:22:33
        domif-setlink g 52:54:00:11:22:33 down
        domif-getlink g 52:54:00:11:22:33
        blockresize g vda 128M
        domblkinfo g vda
        blockjob g vda
        attach-disk g DIR/e.qcow2 vdb --live --subdriver qcow2
        attach-disk g DIR/e.qcow2 vdb --live --subdriver qcow2
        domblklist g
        change-media g hda DIR/d2.iso --live
        domblklist g
        change-media g hda --eject --live --force
        autostart g
        autostart g --disable
        desc g --live --title --new-desc 'now'
        desc g --live --title
        metadata g urn:x --set '<a>1</a>' --key k --live
        metadata g urn:x --live
        metadata g urn:x --config
        dompmsuspend g mem
        dompmwakeup g
        dump g DIR/g.dumpx --memory-only --format kdump-lzo
        dump g DIR/g.dumpx --live --crash
        setvcpu g 0 --enable
        setvcpu g 0,1 --enable --live
        perf g --enable cmt
        domifstat g 52:54:00:11:22:33
        domdirtyrate-calc g --seconds 100
        domjobabort g --postcopy
        numatune g --mode preferred --live
        numatune g --mode preferred --config
        numatune g --mode preferred --nodeset 0 --config
        dumpxml g --inactive
        domlaunchsecinfo g
        domsetlaunchsecstate g --secrethdr DIR/cpu.xml --secret DIR/cpu.xml
        domrename g h
        undefine g
        dominfo g
        list --transient --name
        define DIR/g.xml
        destroy g
        destroy g
        domstate g --reason
        undefine g
    """,
    "saved": """
        define DIR/g.xml
        start g --paused
        domstate g --reason
        resume g
        save g DIR/g.save
        domstate g --reason
        save-image-dumpxml DIR/g.save
        save-image-dumpxml DIR/nosuch.save
        save-image-dumpxml DIR/d.qcow2
        save-image-define DIR/g.save DIR/other-name.xml
        save-image-define DIR/g.save DIR/other-uuid.xml
        save-image-define DIR/g.save DIR/t.xml
        save-image-define DIR/g.save DIR/g.xml --paused
        save-image-define DIR/g.save DIR/g.xml --running
        restore DIR/g.save --xml DIR/t.xml
        restore DIR/g.save --xml DIR/other-uuid.xml
        restore DIR/nosuch.save
        restore DIR/g.save --paused --running
        restore DIR/g.save
        restore DIR/g.save
        domstate g --reason
        managedsave g --paused
        domstate g --reason
        dominfo g
        list --all --managed-save
        list --all --with-managed-save --name
        managedsave-dumpxml g
        domrename g h
        undefine g
        start g
        domstate g --reason
        resume g
        managedsave g
        managedsave-remove g
        managedsave-remove g
        start g --force-boot
        dump g DIR/g.dump --memory-only
        dump g DIR/g.dump2 --live --memory-only --format kdump-zlib
        dump g DIR/g.dump3 --format nosuch
        domjobinfo g --completed
        destroy g --graceful
        domrename g h
        list --all
        domrename h h
        domrename h g
        undefine g --managed-save --nvram
        list --all
    """,
    "transient": """
        create DIR/t.xml
        create DIR/t.xml
        list --transient
        dominfo t
        dumpxml t
        autostart t
        managedsave t
        setvcpus t 1 --config
        desc t --config
        undefine t
        suspend t
        destroy t
        domstate t
        create DIR/t.xml --paused
        domstate t --reason
        destroy t
        create DIR/t.xml --autodestroy
        ?gone t
        domstate t
    """,
    "tuning": """
        create DIR/no-node.xml
        create DIR/no-partition.xml
        create DIR/relative-partition.xml
        create DIR/no-disk.xml
        create DIR/bad-weight.xml
        define DIR/tuned.xml
        start c
        schedinfo c
        memtune c
        blkiotune c
        numatune c
        vcpupin c
        emulatorpin c
        iothreadinfo c
        cpu-stats c --start 99
        cpu-stats c --start 0 --count 1
        cpu-stats c --total
        domstats c --cpu-total
        schedinfo c cpu_shares=1
        schedinfo c cpu_shares=0 --live
        schedinfo c vcpu_quota=-1
        schedinfo c vcpu_quota=0
        schedinfo c vcpu_period=0
        schedinfo c vcpu_quota=50000 vcpu_period=100000 emulator_quota=70000 iothread_quota=-5 cpu_shares=512
        schedinfo c global_quota=-1
        schedinfo c global_period=2000
        schedinfo c vcpu_period=10
        schedinfo c vcpu_quota=10
        schedinfo c iothread_period=5 --live
        schedinfo c cpu_shares=300 vcpu_quota=5000 --live --config
        schedinfo c cpu_shares=100 --config
        schedinfo c --config
        schedinfo c --live --config
        schedinfo c --current
        schedinfo c
        memtune c --hard-limit 600000
        memtune c --soft-limit 100000 --hard-limit 500000 --swap-hard-limit 550000
        memtune c --hard-limit 900000
        memtune c --hard-limit -1
        memtune c --swap-hard-limit -1
        memtune c --hard-limit -1
        memtune c --swap-hard-limit 1000
        memtune c --hard-limit 300000 --swap-hard-limit 400000 --live --config
        memtune c --live --config
        memtune c --config
        memtune c
        blkiotune c --weight 500
        blkiotune c --weight 1001
        blkiotune c --weight 0
        blkiotune c --device-weights /dev/nosuch,300
        blkiotune c --device-read-iops-sec /dev/nosuch,1000
        blkiotune c --device-read-iops-sec /dev/null,1000
        blkiotune c --device-read-iops-sec /dev/loop0,1000
        blkiotune c --device-write-iops-sec /dev/loop0,20 --device-read-bytes-sec /dev/loop0,9000
        blkiotune c --device-read-iops-sec /dev/loop0
        blkiotune c --device-read-iops-sec /dev/loop0,x
        blkiotune c
        blkiotune c --device-read-iops-sec /dev/loop0,0
        blkiotune c --weight 300 --live --config
        blkiotune c --weight 2000 --config
        blkiotune c --config
        blkiotune c
        numatune c --nodeset 0
        numatune c --nodeset 63
        numatune c --nodeset x
        numatune c --mode restrictive
        numatune c --mode strict
        numatune c --mode 7
        numatune c
        vcpupin c 0 0
        vcpupin c 0 0-1 --live --config
        emulatorpin c 1
        iothreadpin c 1 0
        iothreadpin c 3 0
        iothreadadd c 2
        iothreaddel c 1
        schedinfo c
        dumpxml c
        dumpxml c --inactive
        destroy c
        schedinfo c
        memtune c
        blkiotune c
        numatune c
        cpu-stats c
        undefine c
        create DIR/untuned.xml
        schedinfo c
        schedinfo c global_period=200000 global_quota=300000
        schedinfo c iothread_quota=50000
        numatune c --mode strict
        numatune c --nodeset 0
        numatune c --nodeset 0
        numatune c
        memtune c
        blkiotune c
        dumpxml c
        destroy c
    """,
    "agent": """
        create DIR/a.xml
        ?qemu-agent-command a '{"execute":"guest-ping"}'
        qemu-agent-command a '{"execute":"guest-ping"}'
        qemu-agent-command a '{"execute":"nosuch"}'
        domhostname a --source agent
        #domtime a
        domtime a --pretty --now --sync
        domfsinfo a
        domfsfreeze a
        domfsfreeze a
        domfsthaw a
        domfsthaw a
        domfstrim a
        #guestinfo a
        #guestinfo a --hostname
        guestvcpus a
        vcpucount a --guest
        domifaddr a --source agent
        domifaddr a --source lease
        set-user-password a root secret
        set-user-password a nosuch secret
        shutdown a --mode agent,acpi
        shutdown a --mode nosuch
        ?gone a
        list --all
    """,
}
"""Sections of the scenario by name."""


def commands(section: str) -> list[str]:
    """The lines of a section."""
    return [line.strip() for line in SECTIONS[section].strip().splitlines()]
