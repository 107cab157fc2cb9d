"""Entry point of `python -m bbws_local`."""

from bbws_local.cli import main

if __name__ == "__main__":
    main()
