"""``python -m schoolroom.cli``: the command `schoolroom`, for a process that starts another one."""

from .main import main

if __name__ == "__main__":
    main()
