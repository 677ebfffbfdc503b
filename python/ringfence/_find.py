"""Where the binary is that came with this package."""

import os
import sys
import sysconfig


def find_ringfence() -> str:
    """The path of the `ringfence` binary.

    Raises FileNotFoundError, naming the folders that were looked in, where there is none.
    """
    name = "ringfence" + (sysconfig.get_config_var("EXE") or "")
    folders = [sysconfig.get_path("scripts")]
    # Of `pip install --user`, and of `pip install --target FOLDER`.
    user_scheme = {"nt": "nt_user"}.get(os.name, "osx_framework_user" if sys.platform == "darwin" and sys._framework else "posix_user")
    folders.append(sysconfig.get_path("scripts", scheme=user_scheme))
    package = os.path.dirname(os.path.abspath(__file__))
    folders.append(os.path.join(os.path.dirname(package), "bin"))
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(f"`{name}` is in none of: {', '.join(folders)}")
