# SPDX-License-Identifier: Apache-2.0
"""`python -m manor.daemon` is manord."""

from manor.daemon.main import main

if __name__ == "__main__":
    main()
