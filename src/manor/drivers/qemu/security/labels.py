# SPDX-License-Identifier: Apache-2.0
"""The `<seclabel>` elements of a guest and of its devices: checked, completed for a run, and left out again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.passes.validate_labels import device_labels
from manor.drivers.qemu.security.accounts import Account, parse_label
from manor.errors import reporter
from manor.schema.common.security import DeviceSecurityLabel, SecurityLabel
from manor.schema.domain import Domain

_error = reporter(ErrorDomain.SECURITY)

MODEL: Final = "dac"
NO_MODEL: Final = "none"
"""What stands for no security driver at all; libvirt names it beside those it has."""


def check_models(document: Domain, models: Collection[str]) -> None:
    """Refuse labels of models that are not there, with VIR_ERR_CONFIG_UNSUPPORTED."""
    for model in _models(document):
        if model not in models:
            raise _error(
                ErrorNumber.CONFIG_UNSUPPORTED,
                f"Security driver model '{model or '(null)'}' is not available",
            )


def _models(document: Domain) -> Iterator[str | None]:
    yield from (label.model for label in document.seclabels)
    yield from (label.model for label in device_labels(devices_of(document)))


def complete(document: Domain, account: Account) -> None:
    """Write the label a guest runs with into its live document; without one of its own it is `account`'s."""
    label = label_of(document)
    if label is None:
        label = SecurityLabel(type="dynamic", model=MODEL, relabel=True)
        document.seclabels.append(label)
    if label.type == "none":
        return
    if label.type == "dynamic":
        label.label = account.label
    label.imagelabel = label.label if label.relabel else None


def label_of(document: Domain) -> SecurityLabel | None:
    """The guest's label of our model."""
    return next((label for label in document.seclabels if label.model == MODEL), None)


def account_of(document: Domain, default: Account) -> Account:
    """As whom a guest runs, by its live document."""
    label = label_of(document)
    return default if label is None or not label.label else parse_label(label.label)


def owner_for(document: Domain, labels: Sequence[DeviceSecurityLabel], default: Account) -> Account | None:
    """To whom a file of a guest is given; None where it shall stay whose it is."""
    of_guest = label_of(document)
    if of_guest is not None and not of_guest.relabel:
        return None
    own = next((label for label in labels if label.model == MODEL), None)
    if own is not None and own.relabel is False:
        return None
    return parse_label(own.label) if own is not None and own.label else account_of(document, default)


def drop_generated(document: Domain, definition: Domain | None) -> None:
    """Leave out of a document for another host, or another run, what this run was labelled with by itself."""
    label = label_of(document)
    if label is None or label.type != "dynamic":
        return
    if definition is not None and label_of(definition) is not None:
        label.label = None
    else:
        document.seclabels = [item for item in document.seclabels if item is not label]
