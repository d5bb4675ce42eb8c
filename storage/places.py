"""Where the database stands when nobody says: the user's own data directory."""

from pathlib import Path

import platformdirs


def default_folder() -> Path:
    """The directory for this user's data, the same that the configuration's default names."""
    return platformdirs.user_data_path("stilltrue")
