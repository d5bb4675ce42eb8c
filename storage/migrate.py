"""The only user of Alembic: which migrations there are, and taking them."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def revisions(location: str) -> frozenset[str]:
    """The ids of all migrations at a location (a folder, or ``package:folder``)."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config(location)).walk_revisions())


def run(connection: Connection, *, location: str, head: str) -> None:
    """Take the steps from the stored revision to ``head`` inside the connection's transaction."""
    config = _config(location)
    config.attributes["connection"] = connection
    command.upgrade(config, head)


def _config(location: str) -> Config:
    config = Config()
    config.set_main_option("script_location", location)
    return config
