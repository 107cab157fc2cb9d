"""The account is DEV's (runbook, section 11), in which `scripts/deploy` deploys."""

import os

# Before the emulator is imported.
os.environ["MOTO_ACCOUNT_ID"] = "536580886816"
