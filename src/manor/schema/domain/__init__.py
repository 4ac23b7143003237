# SPDX-License-Identifier: Apache-2.0
"""The domain document, one module per area; `Domain` is the root.

Here is only what the XML says. Defaults, addresses, checks and everything else libvirt computes from it
belong to the passes over these trees.
"""

from manor.schema.domain.document import Domain

__all__ = ["Domain"]
