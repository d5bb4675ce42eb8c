"""The edge to the web: one polite client, and the one gate that every request passes."""

import sys

# httpx would import its own command line, and with it rich, click and pygments: a tenth of a second in every start.
# None makes that import fail, which httpx provides for.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
