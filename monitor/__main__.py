"""The program: ``stilltrue`` and ``python -m monitor`` are the same."""

import sys


def main() -> None:
    """Run the command line; exits with the codes of the interface."""
    from monitor.cli.program import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
