"""``python -m statek_jupyter`` is the command ``statek-jupyter``."""

from statek_jupyter.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
