# SPDX-License-Identifier: Apache-2.0
"""The catalogue of operations (``interface``) and the drivers that implement it, one package each.

A driver never imports another driver; what two of them need lives in a service or in ``system``.
"""
