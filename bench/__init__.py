# SPDX-License-Identifier: Apache-2.0
"""The figures: manor measured next to a real libvirtd, on the same machine, in the same run.

`client.py` is what is measured, one function per row, run by the client's own interpreter; `sides.py` is
whom it is asked of; `rows.py` is the table of rows with their aims; `run.py` measures and reports.
Nothing here is a test: tests never assert on time.
"""
