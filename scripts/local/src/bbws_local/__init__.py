"""The whole system on one machine: `python -m bbws_local` or, from a test, `bbws_local.stack`."""
