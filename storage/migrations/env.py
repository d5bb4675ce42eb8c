"""What Alembic runs to take the steps: on the connection it is given, within that connection's transaction."""

from alembic import context

from storage import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    # SQLite cannot alter most of a table in place.
    render_as_batch=True,
)
context.run_migrations()
