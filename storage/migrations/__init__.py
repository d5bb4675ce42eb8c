"""The steps between schemas, oldest first in ``versions``; run when a database is opened."""
