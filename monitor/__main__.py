"""The program: ``stilltrue`` and ``python -m monitor`` are the same."""

import gc
import sys

YOUNG = 200_000
"""New objects before the collector looks for rings among them: imports and pages bring far more than its usual 700."""


def main() -> None:
    """Run the command line; exits with the codes of the interface."""
    gc.set_threshold(YOUNG)
    from monitor.cli.streams import prepare

    prepare()
    from monitor.cli.program import run

    code = run(sys.argv[1:])
    gc.freeze()  # else whatever is still there is searched for rings once more on the way out
    sys.exit(code)


if __name__ == "__main__":
    main()
