# SPDX-License-Identifier: Apache-2.0
"""Storage pools and volumes of this host: the service that every hypervisor driver shares.

`service.StorageService` is the shared side, one per driver instance; `family.StorageOperations` is what one connection
gets of it. What a pool is made of is a backend's business (`backend`, `folder`); what pools have in common - states,
definitions, look-ups, events, who may change what when - is here. Documents and their rules are `manor.schema`'s.
"""
