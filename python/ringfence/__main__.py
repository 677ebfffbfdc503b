"""Runs the binary in place of this process."""

import os
import subprocess
import sys

from ringfence import find_ringfence


def main() -> int:
    command = [find_ringfence(), *sys.argv[1:]]
    if os.name == "nt":
        # A process cannot be replaced there: whoever waits for this one would go on.
        return subprocess.run(command).returncode
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
