# SPDX-License-Identifier: Apache-2.0
"""XML documents: one declarative class per element, and nothing but the mapping.

`core` is the machinery, `domain` the domain document, its neighbours the other documents. What libvirt
computes (defaults, implicit devices, addresses, aliases, checks) is not here but in separate passes over
these trees; nothing else in the project touches XML.

Declaring::

    class Tpm(Device, tag="tpm"):                       # Device: mixin with alias, address, boot …
        model: Literal["tpm-tis", "tpm-crb"] | None = attr()      # tpm/@model, one of the words
        backend: TpmBackend | None = one()                        # child with a class of its own
        serial: str | None = child()                              # text of <serial>
        hap: bool | None = child(at="state", codec=on_off)        # <hap state='on'/>
        readonly: bool = flag()                                   # <readonly/> there or not
        limit: int | None = amount()                              # <limit unit='MiB'>…, kept in KiB
        disks: list[Disk] = many()                                # repeated children
        vcpus: list[Vcpu] = many(within="vcpus")                  # … inside a wrapper element
        metadata: Raw | None = raw()                              # kept as it is

The name of a field is the XML name in snake_case: plural for lists, with a trailing underscore where that is a
Python keyword or a method of Element (`class_`, `format_`). The text of an element is its field `value`. What
is absent is None (False for a flag, [] for a list). Words of closed sets are Literals, so they are plain
strings. Where an attribute decides what an element is, there is a subclass per kind (`PciAddress`,
`DriveAddress`: `address.type` says which, and `isinstance` narrows). Fields are written in the order of
declaration.

Using::

    dom = Domain.parse(xml, validate=False)       # DocumentError, with .element and .line
    disk = Disk.parse("<disk …/>")                # any element may be a root
    device = parse_device("<disk …/>")            # of any kind: manor.schema.domain.devices
    dom.devices.disks[0].target.dev               # plain, typed attributes
    text = dom.format(Format.SECURE)              # libvirt's order, indentation and quotes
    new = dom.copy(); new == dom                  # deep; compared by content
    new = disk.evolve(serial="x")                 # a deep copy with changes
    for path, old, new in differences(dom, new): …        # devices/disks[0]/serial
    dom.drop_runtime()                            # ids, ports and the like, which a definition cannot set
    for address in dom.walk(Address): …           # every element of a class, at any depth
    Disk(type="file", target=DiskTarget(dev="vda"))      # keywords only; unknown ones are a TypeError
"""
