# SPDX-License-Identifier: Apache-2.0
"""`python -m manor.cli` is `manor`."""

from manor.cli.main import main

main()
