"""Entry point of `python -m bbws_cli`."""

from bbws_cli.cli import main

if __name__ == "__main__":
    main(prog_name="bbws")
