#!/usr/bin/env python
"""The command line of the board: Django's commands and our own."""

from teamboard.ops.main import main

if __name__ == "__main__":
    main()
