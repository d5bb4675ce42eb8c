"""Where the database stands when nobody says: the user's own data directory."""

import os
import sys
from pathlib import Path

_FOLDER = "stilltrue"


def default_folder() -> Path:
    """The directory for this user's data: XDG's on Linux, Application Support on macOS, LOCALAPPDATA on Windows."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / _FOLDER
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / _FOLDER
    stated = Path(os.environ.get("XDG_DATA_HOME", ""))
    # The XDG specification tells us to ignore a relative path.
    return (stated if stated.is_absolute() else Path.home() / ".local" / "share") / _FOLDER
