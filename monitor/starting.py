"""The starter files a newcomer edits, copied beside each other without ever overwriting."""

from pathlib import Path

from monitor.config import starter_path
from monitor.errors import UsageError

ENV_EXAMPLE = """\
# Secrets of your channels; sources.toml names them as ${NAME}. Copy to .env, fill in, and before `stilltrue run` say:
#   set -a; . ./.env; set +a
# Any Apprise address works. Keep it in single quotes, or the shell takes & and # for its own. E-mail and Slack:
# STILLTRUE_EDITORS_URL='mailtos://user:password@smtp.example.org?from=stilltrue@example.org&to=editors@example.org'
# STILLTRUE_EDITORS_URL='slack://TokenA/TokenB/TokenC/#channel'
"""


def write_starter(directory: Path) -> tuple[list[Path], list[Path]]:
    """Copy the packaged starter into ``directory``; returns the files written and those left as they were.

    Raises UsageError for a place where they cannot be written.
    """
    starter = starter_path()
    texts = {Path("sources.toml"): starter.read_text(encoding="utf-8"), Path(".env.example"): ENV_EXAMPLE}
    for guide in sorted((starter.parent / "guides").iterdir()):
        if guide.suffix in {".toml", ".md"}:
            texts[Path("guides") / guide.name] = guide.read_text(encoding="utf-8")
    written: list[Path] = []
    kept: list[Path] = []
    for name, text in texts.items():
        path = directory / name
        try:
            (written if _write_new(path, text) else kept).append(path)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}; name another folder") from error
    return written, kept


def _write_new(path: Path, text: str) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True
