# SPDX-License-Identifier: Apache-2.0
"""Devices of a running guest, and of its definition: plugging, unplugging, changing them.

`steps` turns the very command line of a device into QMP commands, so that a device plugged is the device started with;
`plug` and `unplug` carry them out; `matching` finds the device a client's XML means; `rules` says what may be plugged;
`config` does the same to a definition; `update` changes what is there, by `media`, `interfaces`, `graphics` and
`throttling`.
"""
