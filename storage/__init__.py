"""Keeps everything that was read and concluded in one SQL database; ``storage.store.open_store`` opens it."""
